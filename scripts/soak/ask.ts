import { setTimeout as pause } from 'node:timers/promises'
import { openEventStream } from '@stevedore/testkit'
import type { ApiProcess } from '../../test/harness/api-process.ts'
import type { Asked } from './judge-history.ts'
import type { Random } from './random.ts'

/** Somebody with a key and a list of APIs of which some may be gone, who writes down all that was answered. */
export interface Caller {
  apis: readonly ApiProcess[]
  token: string
  random: Random
  /** All that was asked, by all. */
  history: Asked[]
  /** When nobody goes on any more. */
  signal: AbortSignal
}

const ANSWER_MS = 10_000
const AGAIN_MS = 300
/** A stream that says nothing for longer than its heartbeats is opened anew. */
const SILENCE_MS = 20_000

/** Sends it until it is taken or refused, under one key; now and then once more after that. @returns the job's id */
export async function ask(caller: Caller, what: string, path: string, body: object): Promise<string | undefined> {
  const { random, history, signal } = caller
  const request: Asked = { key: makeKey(random), what, answers: [], told: [] }
  history.push(request)
  let more = random.chance(0.2) ? 1 : 0
  while (!signal.aborted) {
    const answer = await send(caller, path, body, request.key)
    request.answers.push(answer)
    const isUndecided = answer.status === undefined || answer.status === 429 || answer.status >= 500
    if (!isUndecided && more-- <= 0) break
    if (isUndecided) await pause(AGAIN_MS)
  }
  const jobId = request.answers.find((answer) => answer.jobId)?.jobId
  if (jobId) await watch(caller, jobId, request)
  return jobId
}

/** Something else that has no job of its own, such as a cancel. @returns the status, none without an answer */
export async function tell({ apis, random }: Caller, path: string): Promise<number | undefined> {
  const call = random.pick(apis).call('POST', path, { signal: AbortSignal.timeout(ANSWER_MS) })
  return call.then(
    ({ status }) => status,
    () => undefined,
  )
}

async function send({ apis, random }: Caller, path: string, body: object, key: string): Promise<Asked['answers'][0]> {
  const headers = { 'idempotency-key': key }
  const request = { body, headers, signal: AbortSignal.timeout(ANSWER_MS) }
  try {
    const { status, body: answer } = await random.pick(apis).call('POST', path, request)
    return { status, ...(status === 202 && { jobId: answer.id }) }
  } catch {
    return {}
  }
}

/** Follows its events to the end, from one API to the next. */
async function watch(caller: Caller, jobId: string, request: Asked): Promise<void> {
  while (!caller.signal.aborted) {
    if (await readOn(caller, jobId, request).catch(() => false)) return
    await pause(AGAIN_MS)
  }
}

/** @returns whether the job has ended: then there is nothing more */
async function readOn({ apis, random, token, signal }: Caller, jobId: string, { told }: Asked): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}`, 'last-event-id': String(told.at(-1)?.seq ?? 0) }
  const stream = await openEventStream(`${random.pick(apis).address}/v1/jobs/${jobId}/events`, headers)
  if (stream.status === 204) return true
  signal.addEventListener('abort', stream.close, { once: true })
  let silence = setTimeout(stream.close, SILENCE_MS)
  try {
    for (let event = await stream.next(); event; event = await stream.next()) {
      clearTimeout(silence)
      silence = setTimeout(stream.close, SILENCE_MS)
      told.push({ seq: Number(event.id), type: event.event })
    }
    return false
  } finally {
    clearTimeout(silence)
    signal.removeEventListener('abort', stream.close)
    stream.close()
  }
}

function makeKey(random: Random): string {
  return Array.from({ length: 8 }, () => random.below(0x10000).toString(16).padStart(4, '0')).join('')
}
