import { randomUUID } from 'node:crypto'
import { type JobMessage, jobKinds } from '@stevedore/contract'
import { onTestFinished } from 'vitest'
import type { BullTransport } from '../bull-transport.ts'
import { messageId } from '../message.ts'
import type { Consumer, ConsumerOptions, OutgoingMessage, Publisher } from '../transport.ts'
import { createNotes, type Notes } from './notes.ts'

/** What a consumer was given and did, by the ids of the messages. */
export interface ConsumerNotes {
  /** In the order in which they were begun. */
  begun: Notes<string>
  /** Those whose end the transport knows of. */
  ended: Notes<string>
}

/** A process of its own that consumes all kinds. */
export interface WorkerProcess {
  /** Has it close its consumer; resolves when the process has ended by itself. */
  close(): Promise<void>
  kill(): Promise<void>
}

export interface WorkerProcessOptions {
  /** Whether it never ends a message that it has begun. */
  hold: boolean
  notes: ConsumerNotes
}

/** What the suite needs of a backend; each test file brings its own server. */
export interface TransportHarness {
  transport: BullTransport
  startWorker(options: WorkerProcessOptions): Promise<WorkerProcess>
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

export function idOf({ jobId, attempt }: JobMessage): string {
  return messageId(jobId, attempt)
}

export function createConsumerNotes(): ConsumerNotes {
  return { begun: createNotes('begun messages'), ended: createNotes('ended messages') }
}

type TransportOnly = Pick<TransportHarness, 'transport'>

/** A publisher that goes with the test. */
export function openPublisher({ transport }: TransportOnly): Publisher {
  const publisher = transport.openPublisher()
  onTestFinished(() => publisher.close())
  return publisher
}

/**
 * Publishes to a server that was away and is back: a call may still meet the connection that broke, and the one after it gets through.
 */
export async function publishAgain(publisher: Publisher, messages: readonly OutgoingMessage[]): Promise<void> {
  try {
    await publisher.publish(messages)
  } catch {
    // It met the broken connection, or waited in vain for that one to come back.
    await publisher.publish(messages)
  }
}

export interface Recorder extends ConsumerNotes {
  consumer: Consumer
  errors: Notes<Error>
}

/** A consumer of this process that goes with the test and notes what it is given. */
export function openRecorder({ transport }: TransportOnly, options: Partial<ConsumerOptions> = {}): Recorder {
  const notes = createConsumerNotes()
  const errors = createNotes<Error>('errors')
  const consumer = transport.openConsumer({
    kinds: jobKinds,
    concurrency: 4,
    onError: errors.add,
    onSignal: (signal) => notes.ended.add(idOf(signal)),
    ...options,
    async handle(message, kind) {
      notes.begun.add(idOf(message))
      await options.handle?.(message, kind)
    },
  })
  onTestFinished(() => consumer.close())
  return { consumer, ...notes, errors }
}

/** A gate that handlers wait at. */
export function createGate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}
