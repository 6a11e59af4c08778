export {
  createGate,
  createMessage,
  createMessages,
  idOf,
  openPublisher,
  openRecorder,
  publishAgain,
  type WorkerProcess,
  type WorkerProcessOptions,
} from './conformance/harness.ts'
export { describeTransport } from './conformance/suite.ts'
