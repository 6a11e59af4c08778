import { setTimeout as delay } from 'node:timers/promises'
import type { EventOf, JobDetailView, Operations } from '@stevedore/contract'
import { isFinal } from '@stevedore/contract/words'
import type { Client } from './client.ts'
import { isAway } from './retry.ts'
import { readMessages } from './sse.ts'

/** A restart of the server, a deploy of Stevedore itself, a laptop that slept: the job goes on, and so does its watcher. */
export const followPatienceMs = 120_000
export const reconnectMs = 500

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
  const { body } = await client.openStream('followJobEvents', options)
  for await (const { data } of untilLost(readMessages(body), signal)) yield JSON.parse(data)
}

interface LogOptions {
  /** Go on until the job is final. */
  follow: boolean
  /** Begin with so many of the last lines; absent: with the first of all. */
  tail?: number | undefined
  signal: AbortSignal
}

/** A job's output, from its first byte or its last lines on. Resumes where it was cut off. */
export async function* followLog(client: Client, id: string, options: LogOptions): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let offset = options.tail === undefined ? 0 : undefined
  for (;;) {
    const last = !options.follow || isFinal((await getJob(client, id, options.signal)).state)
    const { body, headers } = await openLog(client, id, offset, options)
    offset ??= Number(headers.get('stevedore-log-offset'))
    for await (const chunk of untilLost(body, options.signal)) {
      offset += chunk.byteLength
      yield decoder.decode(chunk, { stream: true })
    }
    if (last || options.signal.aborted) return
    await delay(reconnectMs, undefined, { signal: options.signal })
  }
}

function openLog(client: Client, id: string, offset: number | undefined, { follow, tail, signal }: LogOptions) {
  const query = offset === undefined ? { tail, follow } : { offset, follow }
  return client.openStream('readJobLog', { params: { id }, query, signal, patienceMs: followPatienceMs })
}

/** A stream that is cut ends here; its reader decides whether to come back. */
export async function* untilLost<T>(stream: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* stream
  } catch (error) {
    if (!signal.aborted && !isAway(error)) throw error
  }
}
