import { setTimeout as pause } from 'node:timers/promises'
import { type ControlVerb, ProblemError } from '@stevedore/contract'
import { type By, enqueueJob, findReplay, type Ledger, type NewJob } from '@stevedore/ledger'
import type { Asked } from '../../scripts/soak/judge-history.ts'
import type { Random } from '../../scripts/soak/random.ts'
import type { Process, Schedule } from './schedule.ts'
import { runWithin } from './virtual-time.ts'

export const by: By = { actor: 'token:ada', correlationId: 'simulation' }

/** An API of the product, which may be killed and started again. */
export interface Api {
  process: Process
  ledger: Ledger
}

export interface ClientOptions {
  schedule: Schedule
  random: Random
  process: Process
  /** The one that runs now. */
  findApi(): Api | undefined
  history: Request[]
}

export interface Request extends Asked {
  /** When it was first accepted. */
  acceptedAtMs?: number
  /** What was asked of its job, heard or not. */
  asks: ControlVerb[]
  /** It stood at a pause and was told to go back. */
  isTurnedBack?: boolean
}

export function openRequest(index: number, what: string): Request {
  return { key: `key-${index}`, what, answers: [], told: [], asks: [] }
}

/** What a request becomes, by an API that may judge it first. */
export type MakeJob = (api: Api) => Promise<NewJob>

/** So long an answer is waited for before the same request is sent again. */
const patienceMs = 5_000

/** Sends a request until it is answered. @returns its job, undefined where it was refused */
export async function send(options: ClientOptions, request: Request, make: MakeJob): Promise<string | undefined> {
  for (;;) {
    const answer = await callApi(options, (api) => record(api, request, make)).catch((error: unknown) => error)
    if (answer instanceof ProblemError) {
      options.schedule.note(`client is refused ${request.what}: ${answer.message}`)
      request.answers.push({ status: 409 })
      return undefined
    }
    if (typeof answer !== 'string') {
      request.answers.push({})
      await pause(300)
      continue
    }
    options.schedule.note(`client is told ${request.what} is ${answer.slice(0, 4)}`)
    request.acceptedAtMs ??= options.schedule.nowMs()
    request.answers.push({ status: 202, jobId: answer })
    return answer
  }
}

/** As the product's route: what a repeat asks for may be done by now, and refused as such; it has its job all the same. */
async function record(api: Api, request: Request, make: MakeJob): Promise<string> {
  const idempotency = { key: request.key, bodyHash: request.what }
  try {
    return (await enqueueJob(api.ledger, { job: await make(api), by, idempotency })).job.id
  } catch (error) {
    const replay = error instanceof ProblemError && (await findReplay(api.ledger, { by, idempotency }))
    if (replay) return replay.id
    throw error
  }
}

/** An API that is killed gives no answer; nor is one waited for for ever. */
export function callApi<T>({ findApi }: ClientOptions, call: (api: Api) => Promise<T>): Promise<T> {
  const api = findApi()
  if (!api) return Promise.reject(new Error('no API answers'))
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('no answer in time')), patienceMs)
  })
  return Promise.race([runWithin(api.process.surroundings, () => call(api)), late])
}
