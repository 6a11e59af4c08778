import { findEnvironment } from '@stevedore/admission'
import {
  durationMs,
  type EnvironmentSpec,
  FailureError,
  imageOfService,
  type ServiceSpec,
  stepResults,
} from '@stevedore/contract'
import { listDifferences } from '@stevedore/domain'
import type { DeployEngine, Place, ServiceSight, WorkContext } from '@stevedore/engine'
import type { ServiceRecord } from '@stevedore/ledger'
import { failureOf, type Outcome, outcomeOfError } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { backUpService } from './back-up-service.ts'
import { recordService, startService } from './rollout/companions.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { type KnownCompanion, listKnown, listUnknown } from './rollout/known-companions.ts'
import { tryObserve } from './rollout/observe.ts'
import { joinLines } from './rollout/way-back.ts'

/** A companion on its way to what the spec says of it. */
interface Update {
  run: Run<'deploy'>
  engine: DeployEngine
  place: Place & { settings: EnvironmentSpec }
  name: string
  /** What ran until now; absent where it is made for the first time. */
  before: KnownCompanion | undefined
}

/** Replaces a companion by what the spec says of it, since no deploy does; where that does not come up, what was before is started again. */
export async function updateService(run: Run<'deploy'>, name: string): Promise<Outcome> {
  run.expectSteps(2)
  const { app, environment } = run.job
  const settings = findEnvironment(run.spec, environment)
  const place = { app, environment, settings }
  const held = run.isFinished('revision') ? undefined : await judgeWorld(run, place)
  if (held) return held
  const before = (await listKnown(run, { app, environment })).find((one) => one.name === name)
  const engine = run.worker.engines.deploy[settings.engine]
  const unknown = (await listUnknown(run, engine, place, run.signal)).get(name)
  if (unknown) return { type: 'failed', failure: attention(describeUnknown(unknown)) }
  const update = { run, engine, place, name, before }
  try {
    if (run.job.losses >= run.job.maxLosses) throw new FailureError('worker-lost')
    const unsaved = await backUpFirst(update)
    if (unsaved) return unsaved
    const record = await findNext(update)
    await start(update, record)
    return await conclude(update, record)
  } catch (error) {
    return giveUp(update, error)
  }
}

/** It could not be brought back. */
function describeUnknown({ name, revision }: ServiceSight): string {
  return `${name} runs as of revision ${revision}, which this ledger does not know, and is left as it is: a deploy takes it over`
}

function findDeclared({ place, name }: Update): ServiceSpec {
  const declared = place.settings.services?.[name]
  if (!declared) throw new Error(`the spec names no service ${name}`)
  return declared
}

function isAsDeclared({ before }: Update, declared: ServiceSpec): boolean {
  return before !== undefined && listDifferences(before, declared).length === 0
}

/** Before anything is recorded or stopped, and where something else takes its place. @returns how the job ends where there is no backup */
async function backUpFirst(update: Update): Promise<Outcome | undefined> {
  const { run, engine, place, name, before } = update
  const declared = findDeclared(update)
  const { backup } = declared
  if (!backup || !before || run.isFinished('revision') || isAsDeclared(update, declared)) return undefined
  run.expectSteps(3)
  return backUpService(run, engine, place, { name, backup })
}

/** What it has already is taken as it is: then it is only seen to that it runs. */
async function findNext(update: Update): Promise<ServiceRecord> {
  const { run, place, name, before } = update
  const declared = findDeclared(update)
  const isSame = isAsDeclared(update, declared)
  if (isSame) run.log(`${name} is as the spec says`)
  const record = async (context: WorkContext) => {
    const made = before && isSame ? before : await recordService(run, place, { name, declared }, context)
    return { number: made.number }
  }
  const { number } = await run.step('revision', stepResults.revision, record)
  const { app, environment } = place
  const found = await run.ledger.getService({ app, environment, name, number })
  if (!found) throw new Error(`revision ${number} of ${name} of ${app} in ${environment} is gone`)
  return found
}

async function start({ run, engine, place, name }: Update, record: ServiceRecord): Promise<void> {
  const work = (context: WorkContext) => startService(run, engine, { place, record }, context).then(() => null)
  await run.step(`service ${name}`, stepResults.nothing, work, { timeoutMs: allow(place.settings, record) })
}

/** The environment's own time, and what it may take to end and to be healthy. */
function allow({ timeout }: EnvironmentSpec, { settings: { health, stopTimeout } }: ServiceRecord): number {
  return durationMs(timeout) + durationMs(health.deadline) + durationMs(stopTimeout)
}

async function conclude({ run, place, name }: Update, { number, settings }: ServiceRecord): Promise<Outcome> {
  const { app, environment } = place
  await run.ledger.activateService({ app, environment, name, number })
  await tryObserve(run, await findRunning(run, place))
  return { type: 'succeeded', result: { service: name, revision: number, image: imageOfService(settings) } }
}

/** What is looked at is what runs, which may be of an older spec. */
async function findRunning(run: Run<'deploy'>, place: Place): Promise<Place> {
  const number = (await run.ledger.getEnvironment(place.app, place.environment))?.currentRevision
  const current = number == null ? undefined : await run.ledger.getRevision(place.app, place.environment, number)
  return current ?? place
}

/** What may go on is left to the next attempt; else what was before is brought back. */
async function giveUp(update: Update, error: unknown): Promise<Outcome> {
  const { run, place, name } = update
  const outcome = outcomeOfError(error)
  if (outcome.type === 'lost' || outcome.type === 'handed-over') return outcome
  if (outcome.type === 'failed' && run.willRetry(outcome.failure)) return outcome
  const trouble = await goBack(update)
  await run.ledger.failService({ app: place.app, environment: place.environment, name })
  await tryObserve(run, await findRunning(run, place))
  if (outcome.type !== 'failed')
    return trouble === undefined ? outcome : { type: 'failed', failure: attention(trouble) }
  const { failure } = outcome
  if (trouble !== undefined) return { type: 'failed', failure: attention(joinLines(failure.diagnosis, trouble)) }
  const told = update.before ? `${name} runs as it was before, as of its revision ${update.before.number}` : undefined
  return { type: 'failed', failure: { ...failure, diagnosis: joinLines(failure.diagnosis, told) } }
}

function attention(diagnosis: string) {
  return { ...new FailureError('needs-attention').toFailure(), diagnosis }
}

/** @returns what went wrong on the way */
async function goBack({ run, engine, place, before }: Update): Promise<string | undefined> {
  if (!before) return undefined
  const work = (context: WorkContext) => startService(run, engine, { place, record: before }, context).then(() => null)
  const options = { signal: run.leaseSignal, timeoutMs: allow(place.settings, before), always: true }
  try {
    await run.step(`back to revision ${before.number} of ${before.name}`, stepResults.nothing, work, options)
    return undefined
  } catch (error) {
    const outcome = outcomeOfError(error)
    if (outcome.type === 'lost' || outcome.type === 'handed-over') throw error
    const { code, message, diagnosis } = failureOf(error)
    return `${before.name} as it was: ${code}: ${diagnosis ?? message}`
  }
}
