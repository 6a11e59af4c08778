import { setTimeout as delay } from 'node:timers/promises'
import { isFinal, type JobDetailView } from '@stevedore/contract'
import type { Client } from './client/client.ts'
import { followEvents, followLog, getJob } from './client/follow.ts'
import type { JobRenderer } from './render/job-renderer.ts'

/** The output of a job that has ended is all there; this bounds the wait for a server that never closes the stream. */
const lastOutputMs = 3_000

/** Shows a job until it is final; rejects with an AbortError when the signal ends it before. */
export async function followJob(
  client: Client,
  id: string,
  renderer: JobRenderer,
  signal: AbortSignal,
): Promise<JobDetailView> {
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  const output = showOutput(client, id, renderer, ended)
  try {
    const job = await showEvents(client, id, renderer, ended)
    await Promise.race([output, delay(lastOutputMs, undefined, { signal: ended })])
    return job
  } finally {
    stop.abort()
    await output.catch(() => {})
  }
}

async function showEvents(
  client: Client,
  id: string,
  renderer: JobRenderer,
  signal: AbortSignal,
): Promise<JobDetailView> {
  let job = await getJob(client, id, signal)
  renderer.show(job)
  const refresh = coalesce(async () => {
    job = await getJob(client, id, signal)
    renderer.show(job)
  })
  for await (const event of followEvents(client, id, signal)) {
    renderer.event(event)
    refresh()
  }
  await refresh()
  return isFinal(job.state) ? job : getJob(client, id, signal)
}

async function showOutput(client: Client, id: string, renderer: JobRenderer, signal: AbortSignal): Promise<void> {
  for await (const text of followLog(client, id, { follow: true, signal })) renderer.log(text)
}

/** Runs a piece of work once at a time; calls meanwhile make for one more run. Resolves when the run that answers the call is over. */
function coalesce(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const begin = () => {
    next = undefined
    running = work().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (!running) return begin()
    next ??= running.catch(() => {}).then(begin)
    return next
  }
}
