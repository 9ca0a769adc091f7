/** What the help desk's process tells the process that started it. */
export type HelpDeskMessage =
  | {
      readonly type: 'listening'
      readonly url: string
      /** Which models it uses, in a line for people. */
      readonly models: string
    }
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string }

/** Whether something that came over the channel between the processes is such a message. */
export function isHelpDeskMessage(value: unknown): value is HelpDeskMessage {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  return value.type === 'listening' || value.type === 'failed'
}
