import { durationMs, FailureError, listServices, type ResolvedExec, stepResults } from '@stevedore/contract'
import type { CommandEnd, DeployEngine, Observation, Place, ReplicaCommand, WorkContext } from '@stevedore/engine'
import type { Revision } from '@stevedore/ledger'
import { type Outcome, outcomeOfError } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { endCommand } from './end-command.ts'
import { awaitClient, followInTerminal } from './exec-terminal.ts'

/**
 * Runs a command once inside a replica of the revision that was current when it was asked for, or inside a companion. No engine finds such a command again, so that it is
 * recorded before it begins, and whoever comes upon the record of another attempt ends what is left and tells that the end is not known.
 */
export async function execCommand(run: Run<'run'>, resolved: ResolvedExec): Promise<Outcome> {
  run.expectSteps(2)
  await run.secrets.hideGiven(run.job)
  const work = await openWork(run, resolved)
  const known = run.kept('command', stepResults.command)
  const before = run.kept('begin', stepResults.replica)
  if (known && before) return conclude(known, before, work)
  if (before)
    return endFailed(work, before, run.signal.aborted ? run.signal.reason : lose('its worker was lost or stopped'))
  const replica = await choose(work)
  try {
    return conclude(await carryOut(work, replica), replica, work)
  } catch (error) {
    return endFailed(work, replica, error)
  }
}

type Named = ReplicaCommand['replica']

interface ExecWork {
  run: Run<'run'>
  resolved: ResolvedExec
  engine: DeployEngine
  revision: Revision
  /** The revision's own, or of the companion that is meant. */
  place: Place
}

/** The job keeps its revision from being pruned. */
async function openWork(run: Run<'run'>, resolved: ResolvedExec): Promise<ExecWork> {
  const { app, environment } = run.job
  const revision = await run.ledger.getRevision(app, environment, resolved.revision)
  if (!revision) throw new Error(`revision ${resolved.revision} of ${app} in ${environment} is gone`)
  const companion = listServices(revision.settings).find(({ name }) => name === resolved.process)
  const place = companion ? { ...revision, service: { name: companion.name, port: companion.port } } : revision
  return { run, resolved, engine: run.worker.engines.deploy[revision.settings.engine], revision, place }
}

const chooseTimeoutMs = 120_000

/** Once this step is done the command counts as begun. One that is named is not asked how it is: a command may be to find that out. */
async function choose({ run, resolved, engine, revision, place }: ExecWork): Promise<Named> {
  const choice = async ({ signal, log }: WorkContext) => {
    if (run.job.request.terminal) await awaitClient(run, signal)
    const seen = await engine.observe(revision, signal, { probe: resolved.replica === null })
    const { name, host } = place.service ? pickCompanion(seen, resolved) : pick(seen, resolved)
    log(`in ${name}${host === undefined ? '' : ` on ${host}`}`)
    return { name, ...(host !== undefined && { host }) }
  }
  return run.step('begin', stepResults.replica, choice, { timeoutMs: chooseTimeoutMs })
}

/** A healthy one where there is one. Throws FailureError `replica-missing`. */
function pick({ replicas }: Observation, { revision, process, replica }: ResolvedExec): Named {
  const own = replicas.filter((one) => one.revision === revision && (one.process ?? 'web') === process)
  const meant = own.filter(({ name, state }) => isUp(state) && (replica === null || name === replica))
  const found = meant.find(({ healthy }) => healthy) ?? meant[0]
  if (found) return found
  const what = replica === null ? `no replica of ${process}` : `no replica ${replica} of ${process}`
  const there = own.map(({ name, state }) => `${name} (${state})`).join(', ')
  const diagnosis = `${what} in revision ${revision} runs; there ${there ? `are: ${there}` : 'is none of that revision'}`
  throw new FailureError('replica-missing', { diagnosis })
}

/** It is of no revision of the app. Throws FailureError `replica-missing`. */
function pickCompanion({ services = [] }: Observation, { process }: ResolvedExec): Named {
  const own = services.filter(({ name }) => name === process)
  const found = own.find(({ state }) => isUp(state))
  if (found) return found
  const state = own[0] ? `is ${own[0].state}` : 'is not there'
  throw new FailureError('replica-missing', { diagnosis: `the companion ${process} does not run: it ${state}` })
}

function isUp(state: string): boolean {
  return state.toLowerCase() === 'running'
}

async function carryOut({ run, engine, place }: ExecWork, replica: Named): Promise<CommandEnd> {
  const { command: words, timeout } = run.job.request
  const work = (context: WorkContext) =>
    run.job.request.terminal
      ? followInTerminal(run, context, (terminal, within) =>
          engine.execCommand(place, { replica, words, terminal }, within),
        )
      : engine.execCommand(place, { replica, words }, context)
  try {
    return await run.step('command', stepResults.command, work, { timeoutMs: durationMs(timeout) })
  } catch (error) {
    if (!(error instanceof FailureError)) throw error
    if (error.code === 'deadline-exceeded')
      throw new FailureError(error.code, { diagnosis: `the command did not end within ${timeout}`, cause: error })
    // Tried again it might be begun a second time.
    throw run.willRetry(error.toFailure()) ? lose(error.diagnosis ?? error.message) : error
  }
}

function lose(why: string): FailureError {
  return new FailureError('command-lost', { diagnosis: `${why}: whether the command ran to its end is not known` })
}

/** What may go on is left to the next attempt, which ends it; for anything else it is ended here, as far as that can be done. */
async function endFailed({ run, engine, place }: ExecWork, replica: Named, error: unknown): Promise<Outcome> {
  const outcome = outcomeOfError(error)
  if (outcome.type === 'lost' || outcome.type === 'handed-over') return outcome
  return (await endCommand(run, engine, place, replica)) ?? outcome
}

function conclude({ exitCode }: CommandEnd, { name: replica }: Named, { revision }: ExecWork): Outcome {
  const result = { exitCode, revision: revision.number, version: revision.version, replica }
  if (exitCode === 0) return { type: 'succeeded', result }
  const failure = new FailureError('command-failed', { diagnosis: `it exited with code ${exitCode}` })
  return { type: 'failed', failure: failure.toFailure(), result }
}
