import type { JobKind, JobMessage } from '@stevedore/contract'

export interface OutgoingMessage extends JobMessage {
  kind: JobKind
  /** Milliseconds before a worker may take it. */
  delayMs: number
  /** As BullMQ has it: 0 (none) is taken first, then 1, 2, 3 …; equal ones in order of arrival. */
  priority: number
  /** It was published before, and what became of that copy is not known: one that has ended makes room for this. */
  isRepeat?: boolean
}

export interface QueueDepth {
  kind: JobKind
  waiting: number
  active: number
  delayed: number
}

/** Puts messages on their queues. A message that is already there (same job and attempt) collapses; so does one that has ended, unless it is a repeat. */
export interface Publisher {
  /** Rejects when the transport is away; then nothing or a part was published, and repeating is safe. */
  publish(messages: readonly OutgoingMessage[]): Promise<void>
  /** Takes a message back that no worker has taken; absent is fine. */
  withdraw(kind: JobKind, message: JobMessage): Promise<void>
  depths(): Promise<QueueDepth[]>
  /** Resolves when the transport answers; rejects within two seconds when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface Consumer {
  /** Stops taking messages and resolves when those that were taken are done. */
  close(): Promise<void>
  /** Stops taking messages; those that were taken go on. */
  pause(): Promise<void>
  /** Takes messages of these kinds alone, of those that it was opened for, until it is told otherwise; those that were taken go on. */
  takeOnly(kinds: readonly JobKind[]): void
}

/** What a consumer has just seen, for tests that wait for it; in production nobody listens. */
export type ConsumerSignal =
  /** The transport knows that the message has been handled, or that its handler threw. */
  { type: 'message.ended' } & JobMessage

/** Thrown by a handler that has begun nothing: another consumer is to have the message, half a second later. */
export class HandBack extends Error {
  override name = 'HandBack'
}

export interface ConsumerOptions {
  kinds: readonly JobKind[]
  /** Messages of one kind that are handled at a time. */
  concurrency: number
  /** Runs one message; what it throws is logged and the message dropped, but for `HandBack`: the ledger decides what comes next. */
  handle(message: JobMessage, kind: JobKind): Promise<void>
  onError(error: Error): void
  onSignal?(signal: ConsumerSignal): void
}

export interface Transport {
  name: 'redis' | 'postgres'
  openPublisher(): Publisher
  openConsumer(options: ConsumerOptions): Consumer
}
