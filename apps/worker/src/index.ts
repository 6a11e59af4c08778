export type { Handlers } from './attempt/run.ts'
export type { Engines } from './engines.ts'
export { type RunningWorker, startWorker, type WorkerOptions } from './start-worker.ts'
export type { Point, WorkerSignal } from './worker.ts'
