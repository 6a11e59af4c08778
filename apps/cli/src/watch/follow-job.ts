import { setTimeout as delay } from 'node:timers/promises'
import type { JobDetailView, JobEvent, JobState } from '@stevedore/contract'
import { isFinal } from '@stevedore/contract/words'
import type { Client } from '../client/client.ts'
import { followEvents, followLog, getJob } from '../client/follow.ts'
import type { JobRenderer } from '../render/job-renderer.ts'

/** The output of a job that has ended is all there; this bounds the wait for a server that gives no more of it and never closes the stream. */
const silenceMs = 15_000

interface FollowedJob {
  client: Client
  id: string
  renderer: JobRenderer
  /** Ends the following, not the job. */
  signal: AbortSignal
}

/** Shows a job until it is final; rejects with an AbortError when the signal ends it before. What it came to is shown last. */
export async function followJob(job: FollowedJob): Promise<JobDetailView> {
  const now = await getJob(job.client, job.id, job.signal)
  return isFinal(now.state) ? replay(job, now) : follow(job)
}

/** Of one that has ended all is there: what happened, then what it put out, then its end. */
async function replay(job: FollowedJob, ended: JobDetailView): Promise<JobDetailView> {
  const { client, id, renderer, signal } = job
  renderer.show(ended)
  const events: JobEvent[] = []
  for await (const event of followEvents(client, id, signal)) events.push(event)
  for (const event of events.slice(0, -1)) renderer.event(event)
  await showOutput(job)
  for (const event of events.slice(-1)) renderer.event(event)
  return ended
}

async function follow(job: FollowedJob): Promise<JobDetailView> {
  const stop = new AbortController()
  const signal = AbortSignal.any([job.signal, stop.signal])
  const pieces = { count: 0 }
  const log = (text: string) => {
    pieces.count += 1
    job.renderer.log(text)
  }
  const output = showOutput({ ...job, signal, renderer: { ...job.renderer, log } })
  // The stop below may end it in the middle, which is no fault.
  const outputOver = Promise.allSettled([output])
  try {
    let outputEnd: Promise<unknown> | undefined
    return await showEvents({ ...job, signal }, () => {
      outputEnd ??= Promise.race([output, awaitSilence(pieces, signal)])
      return outputEnd
    })
  } finally {
    stop.abort()
    await outputOver
  }
}

/** Resolves when no piece has come for a while. */
async function awaitSilence(pieces: { readonly count: number }, signal: AbortSignal): Promise<void> {
  for (let seen = -1; seen !== pieces.count; ) {
    seen = pieces.count
    await delay(silenceMs, undefined, { signal })
  }
}

/** @param awaitOutput resolves once the output of a job that has ended is shown */
async function showEvents(
  { client, id, renderer, signal }: FollowedJob,
  awaitOutput: () => Promise<unknown>,
): Promise<JobDetailView> {
  const refresh = coalesce(async () => {
    const job = await getJob(client, id, signal)
    renderer.show(job)
    return job
  })
  await refresh()
  for await (const event of followEvents(client, id, signal)) {
    if (ends(event)) await awaitOutput()
    renderer.event(event)
    // The last refresh is waited for and says what is wrong.
    refresh().catch(() => {})
  }
  const job = await refresh()
  await awaitOutput()
  return isFinal(job.state) ? job : getJob(client, id, signal)
}

function ends({ type }: JobEvent): boolean {
  return type.startsWith('job.') && isFinal(type.slice('job.'.length) as JobState)
}

async function showOutput({ client, id, renderer, signal }: FollowedJob): Promise<void> {
  for await (const text of followLog(client, id, { follow: true, signal })) renderer.log(text)
}

/** Does a piece of work once at a time; calls meanwhile share one more turn, which begins when the present one is over. */
function coalesce<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined
  let next: Promise<T> | undefined
  const begin = () => {
    next = undefined
    current = work().finally(() => {
      current = undefined
    })
    return current
  }
  return () => {
    if (!current) return begin()
    next ??= current.then(begin, begin)
    return next
  }
}
