export { startWorker, type WorkerOptions } from './start-worker.ts'
export type { Engines, WorkerSignal } from './worker.ts'
