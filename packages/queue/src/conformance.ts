export type { TransportHarness, WorkerProcess } from './conformance/harness.ts'
export { describeTransport } from './conformance/suite.ts'
