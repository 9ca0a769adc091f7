export { startServer, ServerStartError, type RunningServer } from './start-server.js'
export { serverDefaults, type ServerOptions } from './server-options.js'
export { DataDirectoryError } from './storage/data-directory.js'
