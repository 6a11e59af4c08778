import { setTimeout as delay } from 'node:timers/promises'
import { isFinal, type JobDetailView, type JobEvent } from '@stevedore/contract'
import { apiPath, type Client } from './client.ts'
import { isAway } from './retry.ts'
import { readMessages } from './sse.ts'

/** A restart of the server, a deploy of Stevedore itself, a laptop that slept: the job goes on, and so does its watcher. */
const followPatienceMs = 120_000
const reconnectMs = 500

export function getJob(client: Client, id: string, signal?: AbortSignal): Promise<JobDetailView> {
  return client.get(apiPath`/v1/jobs/${id}`, { signal, patienceMs: followPatienceMs })
}

/** Every event of a job from the first, in order and once each, until the job is final. Reconnects after the last one seen. */
export async function* followEvents(client: Client, id: string, signal: AbortSignal): AsyncGenerator<JobEvent> {
  let last = 0
  for (;;) {
    for await (const event of readEvents(client, id, last, signal)) {
      if (event.seq <= last) continue
      last = event.seq
      yield event
    }
    if (signal.aborted || isFinal((await getJob(client, id, signal)).state)) return
    await delay(reconnectMs, undefined, { signal })
  }
}

async function* readEvents(client: Client, id: string, after: number, signal: AbortSignal): AsyncGenerator<JobEvent> {
  const response = await client.open('GET', apiPath`/v1/jobs/${id}/events`, {
    signal,
    patienceMs: followPatienceMs,
    headers: { accept: 'text/event-stream', ...(after > 0 ? { 'last-event-id': String(after) } : {}) },
  })
  // No content: the job is final and its last event was seen.
  if (!response.body) return
  for await (const { data } of untilLost(readMessages(response.body), signal)) yield JSON.parse(data) as JobEvent
}

/** A job's output from a byte offset; with `follow` until the job is final. Resumes where it was cut off. */
export async function* followLog(
  client: Client,
  id: string,
  options: { follow: boolean; signal: AbortSignal },
): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let offset = 0
  for (;;) {
    const final = !options.follow || isFinal((await getJob(client, id, options.signal)).state)
    for await (const chunk of readLog(client, id, offset, options)) {
      offset += chunk.byteLength
      yield decoder.decode(chunk, { stream: true })
    }
    if (final || options.signal.aborted) return
    await delay(reconnectMs, undefined, { signal: options.signal })
  }
}

async function* readLog(
  client: Client,
  id: string,
  offset: number,
  { follow, signal }: { follow: boolean; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const response = await client.open('GET', apiPath`/v1/jobs/${id}/logs`, {
    signal,
    patienceMs: followPatienceMs,
    query: { offset, ...(follow ? { follow: 1 } : {}) },
    headers: { accept: 'text/plain' },
  })
  if (response.body) yield* untilLost(response.body, signal)
}

/** A stream that is cut ends here; its reader decides whether to come back. */
async function* untilLost<T>(stream: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* stream
  } catch (error) {
    if (!signal.aborted && !isAway(error)) throw error
  }
}
