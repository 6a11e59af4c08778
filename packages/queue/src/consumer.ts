import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { JobKind } from '@stevedore/contract'
import { DelayedError, type Job } from 'bullmq'
import { createFetchGate, type FetchGate } from './fetch-gate.ts'
import { type InFlight, trackInFlight } from './in-flight.ts'
import { type AnyWorker, awaitAnswer, type Link, type OpenLink } from './link.ts'
import { parseMessage, queueName } from './message.ts'
import { type Consumer, type ConsumerOptions, HandBack } from './transport.ts'
import { mergeRepeats, type OnError, toError } from './transport-error.ts'

/** Between two tries to reach a transport that has not answered yet. */
const retryMs = 1_000
/** Before a message that was handed back goes out again: one that nobody wants goes round twice a second, and not for ever at once. */
const handBackMs = 500

/** What the parts of one consumer share. */
interface Shared {
  options: ConsumerOptions
  onError: OnError
  inFlight: InFlight
  gate: FetchGate
  /** Aborted when nothing more is to be taken. */
  stopping: AbortController
  /** What is taken at the moment, of the kinds of the options. */
  taken: { kinds: readonly JobKind[] }
  /** Nothing is in flight any more and the connections are being cut: what that cuts short is no news. */
  ending: AbortController
}

interface Started {
  link: Link
  workers: { kind: JobKind; worker: AnyWorker }[]
}

export function createConsumer(openLink: OpenLink, options: ConsumerOptions): Consumer {
  const ending = new AbortController()
  const tell = mergeRepeats(options.onError)
  const shared: Shared = {
    options,
    onError(error) {
      if (!ending.signal.aborted) tell(error)
    },
    inFlight: trackInFlight(),
    gate: createFetchGate(),
    stopping: new AbortController(),
    taken: { kinds: options.kinds },
    ending,
  }
  const starting = start(shared, openLink)
  let closing: Promise<void> | undefined
  return {
    async pause() {
      await stopTaking(shared, starting)
    },
    takeOnly(kinds) {
      shared.taken.kinds = kinds
      void starting.then((started) => started && chooseWorkers(shared, started))
    },
    close() {
      closing ??= close(shared, starting)
      return closing
    },
  }
}

/** Tries until the transport has answered once, since BullMQ does not get over a failed first connection; undefined when stopped. */
async function start(shared: Shared, openLink: OpenLink): Promise<Started | undefined> {
  const { signal } = shared.stopping
  while (!signal.aborted) {
    const started = await tryToStart(shared, openLink('consumer', shared.onError))
    if (started) return started
    // An abort ends the pause, and then the loop.
    await sleep(retryMs, undefined, { signal }).catch(() => {})
  }
  return undefined
}

async function tryToStart(shared: Shared, link: Link): Promise<Started | undefined> {
  const { options, onError, stopping } = shared
  try {
    await link.ready()
    if (!stopping.signal.aborted)
      return { link, workers: options.kinds.map((kind) => ({ kind, worker: startWorker(shared, link, kind) })) }
  } catch (error) {
    // One that is to stop before it has begun did not need what it could not reach.
    if (!stopping.signal.aborted) onError(toError(error))
  }
  await awaitAnswer(link.close()).catch(onError)
  return undefined
}

function startWorker({ options, onError, inFlight, gate }: Shared, link: Link, kind: JobKind): AnyWorker {
  const process = (job: Job, token?: string) => inFlight.add(handleJob(job, kind, options, token))
  const worker = link.openWorker(queueName(kind), options.concurrency, process)
  worker.on('completed', (job) => signalEnd(job, options))
  worker.on('failed', (job) => signalEnd(job, options))
  gate.guard(worker.getBackend())
  worker.run().catch(onError)
  return worker
}

/** A worker that pauses may still bring the message that its last fetch was waiting for. */
function chooseWorkers({ taken, stopping, onError }: Shared, { workers }: Started): void {
  if (stopping.signal.aborted) return
  for (const { kind, worker } of workers) {
    const isWanted = taken.kinds.includes(kind)
    if (isWanted !== worker.isPaused()) continue
    Promise.resolve(isWanted ? worker.resume() : worker.pause(true)).catch((error: unknown) => onError(toError(error)))
  }
}

/** The error's text stays here: it may hold what must not be written to the transport. */
async function handleJob(job: Job, kind: JobKind, options: ConsumerOptions, token?: string): Promise<void> {
  const message = parseMessage(job)
  try {
    if (!message) throw new Error(`queue ${kind} holds ${job.id}, which is no message of this version`)
    await options.handle(message, kind)
  } catch (error) {
    if (error instanceof HandBack) return handBack(job, token)
    options.onError(toError(error))
    throw new Error('dropped; the worker’s log says why')
  }
}

/** Throws what tells BullMQ that the message has not come to an end. */
async function handBack(job: Job, token: string | undefined): Promise<never> {
  await job.moveToDelayed(Date.now() + handBackMs, token)
  throw new DelayedError()
}

function signalEnd(job: Job | undefined, { onSignal }: ConsumerOptions): void {
  const message = job && parseMessage(job)
  if (message) onSignal?.({ type: 'message.ended', ...message })
}

/** Ends the waits as well, so that nothing hangs on a message that never comes. */
async function stopTaking({ gate, stopping }: Shared, starting: Promise<Started | undefined>) {
  stopping.abort()
  const started = await starting
  if (!started) return undefined
  const stops = started.workers.map(async ({ worker }) => {
    await worker.pause(true)
    await worker.getBackend().disconnectBlocking(false)
  })
  // A transport that is away gives nothing to take, and cannot be told.
  await awaitAnswer(Promise.all([gate.close(), ...stops])).catch(() => {})
  // A message that the last fetch brought is in flight from the next turn on.
  await nextTurn()
  return started
}

/**
 * Lets the outcomes of what was in flight reach the transport, then closes by force: in order, a worker would wait for the
 * end of a connection that may be away and never end.
 */
async function close(shared: Shared, starting: Promise<Started | undefined>): Promise<void> {
  const { gate, inFlight, ending, onError } = shared
  const started = await stopTaking(shared, starting)
  await inFlight.ended()
  if (!started) return
  await nextTurn()
  await awaitAnswer(gate.close()).catch(onError)
  ending.abort()
  const cuts = [...started.workers.map(({ worker }) => worker.close(true)), started.link.close()]
  await awaitAnswer(Promise.all(cuts)).catch(onError)
}
