import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { JobKind } from '@stevedore/contract'
import type { Job } from 'bullmq'
import { withDeadline } from './deadline.ts'
import { createFetchGate, type FetchGate } from './fetch-gate.ts'
import { trackInFlight } from './in-flight.ts'
import type { AnyWorker, Link, OpenLink } from './link.ts'
import { parseMessage, queueName } from './message.ts'
import type { Consumer, ConsumerOptions } from './transport.ts'
import { mergeRepeats, type OnError } from './transport-error.ts'

/** How long a farewell to the transport may take, at each of its steps. */
const farewellMs = 2_000
const retryMs = 1_000

export function createConsumer(openLink: OpenLink, options: ConsumerOptions): Consumer {
  const onError = mergeRepeats(options.onError)
  const inHand = trackInFlight()
  const gate = createFetchGate()
  const stopping = new AbortController()
  const starting = start(openLink, startWorker, options.kinds, onError, stopping.signal)
  let closing: Promise<void> | undefined

  function startWorker(link: Link, kind: JobKind): AnyWorker {
    const process = (job: Job) => inHand.add(handleJob(job, kind, options))
    const worker = link.openWorker(queueName(kind), options.concurrency, process)
    gate.guard(worker.getBackend())
    worker.run().catch(onError)
    return worker
  }

  async function pause(): Promise<Started | undefined> {
    stopping.abort()
    const started = await starting
    if (started) await stopTaking(started, gate)
    return started
  }

  async function stop(): Promise<void> {
    const started = await pause()
    await inHand.settled()
    if (started) await leave(started, gate, onError)
  }

  return {
    async pause() {
      await pause()
    },
    close() {
      closing ??= stop()
      return closing
    },
  }
}

interface Started {
  link: Link
  workers: AnyWorker[]
}

/** Tries until the transport has answered once, since BullMQ does not get over a failed first connection; undefined when stopped. */
async function start(
  openLink: OpenLink,
  startWorker: (link: Link, kind: JobKind) => AnyWorker,
  kinds: readonly JobKind[],
  onError: OnError,
  stop: AbortSignal,
): Promise<Started | undefined> {
  while (!stop.aborted) {
    const link = openLink('consumer', onError)
    try {
      await link.ready()
      if (!stop.aborted) return { link, workers: kinds.map((kind) => startWorker(link, kind)) }
    } catch (error) {
      onError(error as Error)
    }
    await withDeadline(link.close(), farewellMs, 'the transport').catch(onError)
    await sleep(retryMs, undefined, { signal: stop }).catch(() => {})
  }
  return undefined
}

/** The error's text stays here: it may hold what must not be written to the transport. */
async function handleJob(job: Job, kind: JobKind, options: ConsumerOptions): Promise<void> {
  const message = parseMessage(job)
  try {
    if (!message) throw new Error(`queue ${kind} holds ${job.id}, which is no message of this version`)
    await options.handle(message, kind)
  } catch (error) {
    options.onError(error as Error)
    throw new Error('dropped; the worker’s log says why')
  }
}

/** Ends the waits as well, so that nothing hangs on a message that never comes. */
async function stopTaking({ workers }: Started, gate: FetchGate): Promise<void> {
  const stops = workers.map(async (worker) => {
    await worker.pause(true)
    await worker.getBackend().disconnectBlocking(false)
  })
  await withDeadline(Promise.all([gate.close(), ...stops]), farewellMs, 'the transport').catch(() => {})
  // A message that the last fetch brought is in hand from the next turn on.
  await nextTurn()
}

/**
 * Lets the outcomes of what was in hand reach the transport, then closes by force: in order, a worker would wait for the
 * end of a connection that may be away and never end.
 */
async function leave({ link, workers }: Started, gate: FetchGate, onError: OnError): Promise<void> {
  await nextTurn()
  await withDeadline(gate.close(), farewellMs, 'the transport').catch(onError)
  const cuts = [...workers.map((worker) => worker.close(true)), link.close()]
  await withDeadline(Promise.all(cuts), farewellMs, 'the transport').catch(onError)
}
