/** Rows per statement: far below the number of parameters that SQLite (32,766) and PostgreSQL (65,535) accept. */
const rowsPerStatement = 200

/** Cuts a list into parts of which each fits into one statement. */
export function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += rowsPerStatement) {
    yield items.slice(start, start + rowsPerStatement)
  }
}
