/** Something is wrong with a request, and the sender should know what. Becomes the answer's status and JSON body. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly code: string
  /** Messages by the name of the form field that they are about. */
  readonly fields: Readonly<Record<string, string>> | undefined

  constructor(status: number, code: string, message: string, fields?: Readonly<Record<string, string>>) {
    super(message)
    this.status = status
    this.code = code
    this.fields = fields
  }
}
