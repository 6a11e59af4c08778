import { setTimeout as sleep } from 'node:timers/promises'
import type { IQueueBackend, Job, Processor, Queue, Worker } from 'bullmq'
import type { OnError } from './transport-error.ts'

/** How long a call waits for a transport that is away. */
export const answerTimeoutMs = 2_000

/** The parts of BullMQ's classes that are the same on both backends. */
export type AnyQueue = Pick<Queue, 'addBulk' | 'getJob' | 'getJobState' | 'remove' | 'getJobCounts' | 'close'>
export type AnyWorker = Pick<Worker, 'run' | 'pause' | 'resume' | 'isPaused' | 'close'> & {
  getBackend(): IQueueBackend
  /** The transport knows of a job's end; undefined when it does not know the job any more. */
  on(event: 'completed' | 'failed', listener: (job: Job | undefined) => void): unknown
}

/** One connection to a backend and the BullMQ objects that share it. It reconnects by itself once it has been ready. */
export interface Link {
  /** Rejects within two seconds while the backend is away, with a `TransportSetupError` when it is set up wrongly. */
  ready(): Promise<void>
  openQueue(name: string): AnyQueue
  /** One that does not run yet. */
  openWorker(name: string, concurrency: number, process: Processor): AnyWorker
  /** Cuts the connection; queues and workers are closed before. */
  close(): Promise<void>
}

/** A publisher's calls fail while the backend is away; a consumer's wait for it to come back. */
export type LinkRole = 'publisher' | 'consumer'

export type OpenLink = (role: LinkRole, onError: OnError) => Link

/**
 * What every worker is given: a message that a lost process held goes out again after some 10 to 20 seconds, as often as
 * it takes, since only the ledger counts attempts.
 */
export const workerOptions = {
  autorun: false,
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000_000,
  drainDelay: 5,
  runRetryDelay: 1_000,
}

/** Ends as the promise does, or rejects when that takes longer than `answerTimeoutMs`. */
export async function awaitAnswer<T>(promise: Promise<T>, who = 'the transport'): Promise<T> {
  const ended = new AbortController()
  const late = sleep(answerTimeoutMs, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`${who} did not answer within ${answerTimeoutMs} ms`)
  })
  return Promise.race([promise, late]).finally(() => ended.abort())
}

/** An error that BullMQ emits and nobody listens for would end the process. */
export function reportErrors<T extends { on(event: 'error', listener: OnError): unknown }>(
  source: T,
  onError: OnError,
): T {
  source.on('error', onError)
  return source
}
