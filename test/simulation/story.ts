import { setTimeout as pause } from 'node:timers/promises'
import { admit, readFacts } from '@stevedore/admission'
import { notFound, type RecordedRequest, type StrategyType } from '@stevedore/contract'
import { getApp } from '@stevedore/ledger'
import { createRandom, type Random } from '../../scripts/soak/random.ts'
import { describeDeploy } from '../chaos/jobs.ts'
import { type ClientOptions, type MakeJob, openRequest, send } from './send.ts'
import { type Ask, askAll } from './verbs.ts'
import { runWithin } from './virtual-time.ts'

const environment = 'staging'

/** What is asked of an environment that stands. */
type What =
  | { kind: 'deploy'; strategy: StrategyType }
  | { kind: 'rollback'; toRevision: number | undefined }
  | { kind: 'canary' }
  | { kind: 'removal' }
  | { kind: 'run' }

export type Errand = What & {
  startMs: number
  /** What is asked of its job. */
  asks: Ask[]
  isRepeated: boolean
}

const kinds: readonly What['kind'][] = ['rollback', 'removal', 'canary', 'run']

/**
 * What a seed asks of an environment that stands; undefined for those that ask for builds and first deploys. By a chance of its own: what the
 * others draw stays as it was when stories came to be.
 */
export function drawStory(seed: number): Errand[] | undefined {
  const random = createRandom(seed ^ 0x0057_4f52)
  if (!random.chance(0.3)) return undefined
  const [first, ...others] = Array.from({ length: random.pick([1, 2, 2, 3]) })
  const drawn = [first, ...others].map((_, index) =>
    index === 0 ? random.pick(kinds) : random.pick<What['kind']>([...kinds, 'deploy']),
  )
  return drawn.map((kind) => ({
    ...drawWhat(random, kind),
    startMs: random.between(0, 10_000),
    asks: drawAsks(random, kind),
    isRepeated: random.chance(0.3),
  }))
}

function drawWhat(random: Random, kind: What['kind']): What {
  if (kind === 'deploy') return { kind, strategy: random.pick(['rolling', 'recreate'] as const) }
  if (kind !== 'rollback') return { kind }
  return { kind, toRevision: random.pick([undefined, undefined, 1, 2]) }
}

/** What people do to a canary that waits for them; nothing as well. */
const canaryVerbs: readonly Omit<Ask, 'afterMs'>[][] = [
  [{ verb: 'promote' }],
  [{ verb: 'promote' }, { verb: 'promote' }],
  [{ verb: 'promote', full: true }],
  [{ verb: 'abort' }],
  [{ verb: 'promote' }, { verb: 'abort' }],
  [{ verb: 'pause' }, { verb: 'resume' }, { verb: 'promote' }],
  [],
]

function drawAsks(random: Random, kind: What['kind']): Ask[] {
  if (random.chance(0.15)) return [{ verb: 'cancel', afterMs: random.between(0, 8_000) }]
  const verbs = kind === 'canary' ? random.pick(canaryVerbs) : []
  return verbs.map((verb) => ({ ...verb, afterMs: random.between(500, 12_000) }))
}

/** Asks for all of it. @returns resolves when all was answered */
export async function followStory(options: ClientOptions, app: string, errands: readonly Errand[]): Promise<void> {
  await runWithin(options.process.surroundings, async () => {
    await Promise.all(errands.map((errand, index) => follow(options, app, errand, index)))
  })
}

async function follow(options: ClientOptions, app: string, errand: Errand, index: number): Promise<void> {
  const { kind, startMs, asks, isRepeated } = errand
  const request = openRequest(index, `${kind} ${index + 1} of ${app}`)
  options.history.push(request)
  await pause(startMs)
  const make = describeErrand(app, errand, index)
  const jobId = await send(options, request, make)
  // Of what was refused nothing is kept: under the same key it is asked for anew.
  if (isRepeated && jobId !== undefined) {
    await pause(Math.random() * 8_000)
    await send(options, request, make)
  }
  if (jobId !== undefined) await askAll(options, request, jobId, asks)
}

/** Images are in no registry here: a deploy is described, all else the product admits. */
function describeErrand(app: string, errand: Errand, index: number): MakeJob {
  if (errand.kind === 'deploy' || errand.kind === 'canary') {
    const job = describeDeploy(app, `${index + 3}.0.0`, errand.kind === 'deploy' ? errand.strategy : null)
    return async () => job
  }
  if (errand.kind === 'run') return admitBy({ kind: 'run', app, environment, command: ['./report'], timeout: '1m' })
  if (errand.kind === 'removal') return admitBy({ kind: 'deploy', app, environment, remove: true })
  const { kind, toRevision } = errand
  return admitBy({ kind, app, environment, ...(toRevision !== undefined && { toRevision }) })
}

function admitBy(request: RecordedRequest): MakeJob {
  return async ({ ledger }) => {
    const app = await getApp(ledger, request.app)
    if (!app) throw notFound()
    const admission = await admit(readFacts(ledger, request.app), app, request, { by: 'person' })
    if ('refusal' in admission) throw admission.refusal
    return admission.job
  }
}
