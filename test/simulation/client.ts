import { setTimeout as pause } from 'node:timers/promises'
import { ProblemError } from '@stevedore/contract'
import { type By, controlJob, enqueueJob, type Ledger, type NewJob } from '@stevedore/ledger'
import type { Asked } from '../../scripts/soak/judge-history.ts'
import type { Random } from '../../scripts/soak/random.ts'
import { describeBuild, describeDeploy } from '../chaos/jobs.ts'
import type { Process, Schedule } from './schedule.ts'
import { runWithin } from './virtual-time.ts'

export const by: By = { actor: 'token:ada', correlationId: 'simulation' }

/** An API of the product, which may be killed and started again. */
export interface Api {
  process: Process
  ledger: Ledger
}

interface ClientOptions {
  schedule: Schedule
  random: Random
  process: Process
  apps: readonly string[]
  /** The one that runs now. */
  findApi(): Api | undefined
  history: Request[]
  /** Deploys of one app over a longer time, so that some come before a copy is made, some after, and some when it stands in the ledger's place. */
  isAroundRestore: boolean
}

export interface Request extends Asked {
  /** When it was first accepted. */
  acceptedAtMs?: number
}

/** So long an answer is waited for before the same request is sent again. */
const patienceMs = 5_000

/** Sends some requests, each under a key until it is answered, now and then once more, and cancels some of the jobs. @returns resolves when all have been answered */
export function startClient(options: ClientOptions): Promise<void> {
  const { random, process, apps, isAroundRestore } = options
  const count = isAroundRestore ? 3 : random.pick([1, 1, 1, 2, 2, 3])
  const requests = Array.from({ length: count }, (_, index) => ({
    index,
    app: isAroundRestore ? apps[0]! : random.pick(apps),
    kind: isAroundRestore ? ('deploy' as const) : random.pick(['build', 'build', 'deploy'] as const),
    startMs: isAroundRestore ? random.between(0, 15_000) + index * 10_000 : random.between(0, 3_000),
    cancelMs: random.chance(0.2) ? random.between(0, 6_000) : undefined,
    isRepeated: random.chance(0.3),
  }))
  return runWithin(process.surroundings, async () => {
    await Promise.all(requests.map((request) => ship(options, request)))
  })
}

interface Errand {
  index: number
  app: string
  kind: 'build' | 'deploy'
  startMs: number
  cancelMs: number | undefined
  isRepeated: boolean
}

async function ship(
  options: ClientOptions,
  { index, app, kind, startMs, cancelMs, isRepeated }: Errand,
): Promise<void> {
  const version = `${index + 1}.0.0`
  const job = kind === 'build' ? describeBuild(app, version) : describeDeploy(app, version)
  const request: Request = { key: `key-${index}`, what: `${kind} ${index + 1} of ${app}`, answers: [], told: [] }
  options.history.push(request)
  await pause(startMs)
  const jobId = await send(options, request, job)
  if (isRepeated) {
    await pause(Math.random() * 8_000)
    await send(options, request, job)
  }
  if (cancelMs === undefined || jobId === undefined) return
  await pause(cancelMs)
  await callApi(options, ({ ledger }) => controlJob(ledger, { jobId, verb: 'cancel', by })).catch(() => {})
}

async function send(options: ClientOptions, request: Request, job: NewJob): Promise<string | undefined> {
  const idempotency = { key: request.key, bodyHash: request.what }
  for (;;) {
    const answer = await callApi(options, ({ ledger }) => enqueueJob(ledger, { job, by, idempotency })).catch(
      (error: unknown) => error,
    )
    if (answer instanceof ProblemError) {
      request.answers.push({ status: 409 })
      return undefined
    }
    if (answer instanceof Error) {
      request.answers.push({})
      await pause(300)
      continue
    }
    const { id } = (answer as Awaited<ReturnType<typeof enqueueJob>>).job
    options.schedule.note(`client is told ${request.what} is ${id.slice(0, 4)}`)
    request.acceptedAtMs ??= options.schedule.nowMs()
    request.answers.push({ status: 202, jobId: id })
    return id
  }
}

/** An API that is killed gives no answer; nor is one waited for for ever. */
function callApi<T>({ findApi }: ClientOptions, call: (api: Api) => Promise<T>): Promise<T> {
  const api = findApi()
  if (!api) return Promise.reject(new Error('no API answers'))
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('no answer in time')), patienceMs)
  })
  return Promise.race([runWithin(api.process.surroundings, () => call(api)), late])
}
