import { setTimeout as sleep } from 'node:timers/promises'
import type { JobKind } from '@stevedore/contract'
import type { Job } from 'bullmq'
import { withDeadline } from './deadline.ts'
import { createFetchGate, type FetchGate } from './fetch-gate.ts'
import { trackInFlight } from './in-flight.ts'
import type { AnyWorker, Link, OpenLink } from './link.ts'
import { parseMessage, queueName } from './message.ts'
import type { Consumer, ConsumerOptions } from './transport.ts'
import { mergeRepeats, type OnError } from './transport-error.ts'

/** How long workers get to tell the transport that they leave, once nothing is in hand. */
const farewellMs = 3_000
const retryMs = 1_000

export function createConsumer(openLink: OpenLink, options: ConsumerOptions): Consumer {
  const onError = mergeRepeats(options.onError)
  const inHand = trackInFlight()
  const gate = createFetchGate()
  const stopping = new AbortController()
  const starting = start(openLink, startWorker, options.kinds, onError, stopping.signal)
  let closing: Promise<void> | undefined

  function startWorker(link: Link, kind: JobKind): AnyWorker {
    const process = (job: Job) => inHand.add(handleJob(job, kind, options, onError))
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
    if (!started) return
    await leave(started, onError)
    // A message that was on its way when the taking stopped.
    await inHand.settled()
    await withDeadline(started.link.close(), farewellMs, 'the transport').catch(onError)
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
async function handleJob(job: Job, kind: JobKind, options: ConsumerOptions, onError: OnError): Promise<void> {
  const message = parseMessage(job)
  try {
    if (!message) throw new Error(`queue ${kind} holds ${job.id}, which is no message of this version`)
    await options.handle(message, kind)
  } catch (error) {
    onError(error as Error)
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
}

/** A worker that closes in order waits for its connection to end, which never happens while that is away. */
async function leave({ link, workers }: Started, onError: OnError): Promise<void> {
  const away = await link.ready().then(
    () => false,
    () => true,
  )
  const farewells = Promise.all(workers.map((worker) => worker.close(away)))
  await withDeadline(farewells, farewellMs, 'the transport').catch(onError)
}
