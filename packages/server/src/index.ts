export { startServer, type RunningServer } from './start-server.js'
export { serverDefaults, type ServerOptions } from './server-options.js'
export { ServerStartError } from './server-start-error.js'
export { DataDirectoryError } from './storage/data-directory.js'
