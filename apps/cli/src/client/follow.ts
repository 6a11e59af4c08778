import { setTimeout as delay } from 'node:timers/promises'
import type { EventOf, JobDetailView, Operations } from '@stevedore/contract'
import { isFinal } from '@stevedore/contract/words'
import type { Client } from './client.ts'
import { isAway } from './retry.ts'
import { readMessages } from './sse.ts'

/** A restart of the server, a deploy of Stevedore itself, a laptop that slept: the job goes on, and so does its watcher. */
const followPatienceMs = 120_000
const reconnectMs = 500

type JobEvents = AsyncGenerator<EventOf<Operations['followJobEvents']>>

export function getJob(client: Client, id: string, signal?: AbortSignal): Promise<JobDetailView> {
  return client.call('getJob', { params: { id }, signal, patienceMs: followPatienceMs })
}

/** Every event of a job from the first, in order and once each, until the job is final. Reconnects after the last one seen. */
export async function* followEvents(client: Client, id: string, signal: AbortSignal): JobEvents {
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

async function* readEvents(client: Client, id: string, after: number, signal: AbortSignal): JobEvents {
  const headers = after > 0 ? { 'Last-Event-ID': String(after) } : {}
  const options = { params: { id }, headers, signal, patienceMs: followPatienceMs }
  const stream = await client.openStream('followJobEvents', options)
  for await (const { data } of untilLost(readMessages(stream), signal)) yield JSON.parse(data)
}

interface LogOptions {
  /** Go on until the job is final. */
  follow: boolean
  signal: AbortSignal
}

/** A job's output from its first byte. Resumes where it was cut off. */
export async function* followLog(client: Client, id: string, options: LogOptions): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let offset = 0
  for (;;) {
    const last = !options.follow || isFinal((await getJob(client, id, options.signal)).state)
    for await (const chunk of readLog(client, id, offset, options)) {
      offset += chunk.byteLength
      yield decoder.decode(chunk, { stream: true })
    }
    if (last || options.signal.aborted) return
    await delay(reconnectMs, undefined, { signal: options.signal })
  }
}

async function* readLog(
  client: Client,
  id: string,
  offset: number,
  { follow, signal }: LogOptions,
): AsyncGenerator<Uint8Array> {
  const options = { params: { id }, query: { offset, follow }, signal, patienceMs: followPatienceMs }
  yield* untilLost(await client.openStream('readJobLog', options), signal)
}

/** A stream that is cut ends here; its reader decides whether to come back. */
async function* untilLost<T>(stream: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* stream
  } catch (error) {
    if (!signal.aborted && !isAway(error)) throw error
  }
}
