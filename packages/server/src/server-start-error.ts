/** The server cannot start with these options; the message names the option and says what to do. */
export class ServerStartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ServerStartError'
  }
}
