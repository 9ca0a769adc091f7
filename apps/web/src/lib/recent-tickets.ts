import { askHelpDesk, type Ticket } from './help-desk'

/** The tickets that were filed last, the newest first; `undefined` while the help desk gives no answer. */
export async function recentTickets(): Promise<readonly Ticket[] | undefined> {
  try {
    const response = await askHelpDesk('/tickets')
    if (!response.ok) return undefined
    const { tickets }: { tickets: Ticket[] } = await response.json()
    return tickets
  } catch {
    return undefined
  }
}
