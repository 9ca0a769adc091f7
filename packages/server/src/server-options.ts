import type { FixedTokens } from './auth/authenticator.js'

/** Options of `startServer`; each has a flag and an environment variable of the command line as well. */
export interface ServerOptions {
  /** Address to listen on. Default `127.0.0.1`. Others need a token to be there first. */
  host?: string
  /** Port to listen on; 0 takes a free one. Default 4319. */
  port?: number
  /** Directory of blobs and database; created where there is none. Default `.span-artifacts` in the working directory. */
  dataDirectory?: string
  /** URL under which clients reach the server, where a proxy stands before it. Default: the one that they used. */
  publicUrl?: string
  /** Tokens that belong to the project `default`, beside those in the database. */
  fixedTokens?: FixedTokens
  /** Largest artifact, bytes. Default 100 MiB. */
  maxArtifactBytes?: number
  /** Largest OTLP request, as sent and as unpacked, bytes. Default 32 MiB. */
  maxTraceRequestBytes?: number
  /** The most that the artifacts of one project may occupy, bytes. Default: no limit. */
  projectQuotaBytes?: number
  /** How long the bytes may follow a registration, milliseconds. Default 24 hours. */
  registrationLifetimeMs?: number
  /** How long bytes are kept after their registration expired or they were deleted, milliseconds. Default 36 hours. */
  collectionGraceMs?: number
  /** The most registrations of one project in a minute. Default: no limit. */
  registrationsPerMinute?: number
  /** A body slower than this is cut off, bytes per second. Default 1024. */
  minimumUploadBytesPerSecond?: number
  /** Over which time that rate is measured, milliseconds. Default 30 seconds. */
  uploadPaceWindowMs?: number
  /** How long requests under way may take to end when the server closes, milliseconds. Default 10 seconds. */
  shutdownTimeoutMs?: number
  /** Takes what the server has to say to its operator, one line each. Default: `console.error`. */
  log?: (line: string) => void
}

const kibibyte = 1024
const mebibyte = 1024 * kibibyte
const secondMs = 1000
const hourMs = 60 * 60 * secondMs

/** The default of every option that has one. */
export const serverDefaults: Required<
  Omit<ServerOptions, 'publicUrl' | 'fixedTokens' | 'projectQuotaBytes' | 'registrationsPerMinute' | 'log'>
> = {
  host: '127.0.0.1',
  port: 4319,
  dataDirectory: '.span-artifacts',
  maxArtifactBytes: 100 * mebibyte,
  maxTraceRequestBytes: 32 * mebibyte,
  registrationLifetimeMs: 24 * hourMs,
  // The slowest upload of the largest artifact takes 28 hours; none may outlast the grace.
  collectionGraceMs: 36 * hourMs,
  minimumUploadBytesPerSecond: kibibyte,
  uploadPaceWindowMs: 30 * secondMs,
  shutdownTimeoutMs: 10 * secondMs,
}
