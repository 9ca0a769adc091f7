export type { BrokerStub, BrokerStubOptions, RecordedRequest, StoredArtifact } from './broker-stub/broker-stub.js'
export { forkBrokerStub } from './broker-stub/fork-broker-stub.js'
export { startBrokerStub } from './broker-stub/start-broker-stub.js'
export type { HandshakeStep, StubReply } from './broker-stub/stub-reply.js'
export {
  type AcknowledgementLog,
  openAcknowledgementLog,
  readAcknowledgements,
} from './crash-runner/acknowledgements.js'
export { type CrashReport, type CrashRun, reportReady, runCrashes } from './crash-runner/run-crashes.js'
export type { Direction, Fault } from './fault-proxy/fault.js'
export { type FaultChoice, type FaultProxy, startFaultProxy } from './fault-proxy/fault-proxy.js'
export type { ProxiedExchange } from './fault-proxy/proxied-connection.js'
export { type EventLoopGaps, type EventLoopGapSampler, sampleEventLoopGaps } from './samplers/event-loop-gaps.js'
export { quantile } from './samplers/quantile.js'
export { type ResidentMemory, type ResidentMemorySampler, sampleResidentMemory } from './samplers/resident-memory.js'
export { type SeededRandom, seededRandom } from './seeded-random.js'
