import { randomUUID } from 'node:crypto'
import type { JobMessage } from '@stevedore/contract'
import { onTestFinished } from 'vitest'
import type { BullTransport } from '../bull-transport.ts'
import { messageId } from '../message.ts'
import type { Consumer, ConsumerOptions, OutgoingMessage, Publisher } from '../transport.ts'

/** A process of its own that consumes all kinds. */
export interface WorkerProcess {
  /** Ids of the messages that it has handled, in order. */
  handled: string[]
  /** Ids of the messages that it has begun; with `hold` it never ends one. */
  begun: string[]
  /** Has it close its consumer; resolves when the process has ended by itself. */
  close(): Promise<void>
  kill(): Promise<void>
}

/** What the suite needs of a backend; each test file brings its own server. */
export interface TransportHarness {
  transport: BullTransport
  startWorker(options: { hold: boolean }): Promise<WorkerProcess>
  /** Ends the server as `kill -9` does. */
  crash(): Promise<void>
  restart(): Promise<void>
  /** Drops all messages, between tests. */
  wipe(): Promise<void>
  stop(): Promise<void>
}

export function createMessage(settings: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { jobId: randomUUID(), attempt: 1, kind: 'build', delayMs: 0, priority: 100, ...settings }
}

export function createMessages(count: number, settings: Partial<OutgoingMessage> = {}): OutgoingMessage[] {
  return Array.from({ length: count }, () => createMessage(settings))
}

export function idOf(message: JobMessage): string {
  return messageId(message.jobId, message.attempt)
}

/** A publisher that goes with the test. */
export function openPublisher(harness: TransportHarness): Publisher {
  const publisher = harness.transport.openPublisher()
  onTestFinished(() => publisher.close())
  return publisher
}

export interface Recorder {
  consumer: Consumer
  /** Ids in the order in which they were begun. */
  begun: string[]
  errors: Error[]
}

/** A consumer of this process that goes with the test and notes what it is given. */
export function openRecorder(harness: TransportHarness, options: Partial<ConsumerOptions> = {}): Recorder {
  const begun: string[] = []
  const errors: Error[] = []
  const consumer = harness.transport.openConsumer({
    kinds: ['build', 'push', 'deploy', 'rollback'],
    concurrency: 4,
    onError: (error) => errors.push(error),
    ...options,
    handle: async (message, kind) => {
      begun.push(idOf(message))
      await options.handle?.(message, kind)
    },
  })
  onTestFinished(() => consumer.close())
  return { consumer, begun, errors }
}

/** A gate that handlers wait at. */
export function createGate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}
