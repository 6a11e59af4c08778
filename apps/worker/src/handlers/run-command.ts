import { durationMs, FailureError, listVolumes, stepResults } from '@stevedore/contract'
import type { CommandEnd, DeployEngine, Terminal, WorkContext } from '@stevedore/engine'
import type { Revision } from '@stevedore/ledger'
import { type Outcome, outcomeOfError } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { awaitClient, followInTerminal } from './exec-terminal.ts'
import { openManifests, openRelease, revealIfBound } from './rollout/release.ts'

/**
 * Runs a command once in the revision that was current when it was asked for. One attempt begins it; what was begun goes on without its
 * worker, and whoever has the job next follows it. It is never begun a second time. One with a terminal is made first, and begun at its
 * terminal, which is that of one worker: nobody else goes on with it.
 */
export async function runCommand(run: Run<'run'>): Promise<Outcome> {
  run.expectSteps(3)
  await run.secrets.hideGiven(run.job)
  const work = await openWork(run)
  let end: CommandEnd
  try {
    refuseLostTooOften(run)
    end = await carryOut(work)
  } catch (error) {
    return giveUp(work, error)
  }
  await clear(work)
  return conclude(end, work)
}

interface CommandWork {
  run: Run<'run'>
  engine: DeployEngine
  /** With those of its volumes that a second process may have open. */
  revision: Revision
  /** The names of the others. */
  held: string[]
}

/** The job keeps its revision from being pruned. */
async function openWork(run: Run<'run'>): Promise<CommandWork> {
  const { app, environment, resolved } = run.job
  const found = await run.ledger.getRevision(app, environment, resolved.revision)
  if (!found) throw new Error(`revision ${resolved.revision} of ${app} in ${environment} is gone`)
  const { settings } = found
  const shared = Object.entries(settings.volumes ?? {}).filter(([, volume]) => volume.shared)
  const held = listVolumes(settings).filter((volume) => !volume.shared)
  const revision = { ...found, settings: { ...settings, volumes: Object.fromEntries(shared) } }
  return { run, engine: run.worker.engines.deploy[settings.engine], revision, held: held.map(({ name }) => name) }
}

/** A command that loses its workers one after the other may be what kills them: its last attempt only cleans up. */
function refuseLostTooOften({ job }: Run): void {
  if (job.losses >= job.maxLosses) throw new FailureError('worker-lost')
}

async function carryOut(work: CommandWork): Promise<CommandEnd> {
  const { run } = work
  const known = run.kept('command', stepResults.command)
  if (known) return known
  if (run.isFinished('start') && !run.job.request.terminal)
    run.log('another worker follows the command from here on: what it printed comes again')
  return follow(work, await start(work))
}

const startTimeoutMs = 15 * 60_000

/** @returns when it was begun, on the ledger's clock in milliseconds */
async function start({ run, engine, revision, held }: CommandWork): Promise<number> {
  const { command: words, timeout, process, terminal } = run.job.request
  const begin = async (context: WorkContext) => {
    // Nothing is made for somebody who is gone.
    if (terminal) await awaitClient(run, context.signal)
    if (held.length > 0) run.log(`not attached, since what serves alone may have them open: ${held.join(', ')}`)
    const release = await openRelease(run, revision, sourceDir, revealIfBound)
    const own = process === undefined || process === 'web' ? {} : { process }
    const command = { words, timeoutMs: durationMs(timeout), hasTerminal: terminal !== undefined, ...own }
    await engine.startCommand(release, command, context)
    return { at: (await run.ledger.readClock()).getTime() }
  }
  const sourceDir = run.isFinished('start') ? undefined : await openManifests(run, revision, run.signal)
  return (await run.step('start', stepResults.moment, begin, { timeoutMs: startTimeoutMs })).at
}

/** Its time is counted from its begin, whoever follows it. */
async function follow({ run, engine, revision }: CommandWork, at: number): Promise<CommandEnd> {
  const { timeout } = run.job.request
  const leftMs = at + durationMs(timeout) - (await run.ledger.readClock()).getTime()
  const carry = async (context: WorkContext, terminal?: Terminal) =>
    (await engine.followCommand(revision, context, terminal)) ?? lose()
  const work = async (context: WorkContext) => {
    if (!run.job.request.terminal) return carry(context)
    await awaitClient(run, context.signal)
    return followInTerminal(run, context, (terminal, within) => carry(within, terminal))
  }
  try {
    return await run.step('command', stepResults.command, work, { timeoutMs: Math.max(1, leftMs) })
  } catch (error) {
    if (!(error instanceof FailureError) || error.code !== 'deadline-exceeded') throw error
    throw new FailureError(error.code, { diagnosis: `the command did not end within ${timeout}`, cause: error })
  }
}

function lose(): never {
  throw new FailureError('command-lost', { diagnosis: 'what ran it is no longer there' })
}

/** What may go on is left to the next attempt; anything else is ended here. */
async function giveUp(work: CommandWork, error: unknown): Promise<Outcome> {
  const outcome = outcomeOfError(error)
  if (outcome.type === 'lost' || outcome.type === 'handed-over') return outcome
  if (outcome.type === 'failed' && work.run.willRetry(outcome.failure)) return outcome
  await clear(work)
  return outcome
}

const clearTimeoutMs = 120_000

async function clear({ run, engine, revision }: CommandWork): Promise<void> {
  const work = (context: WorkContext) => engine.removeCommand(revision, context).then(() => null)
  await run.step('clear', stepResults.nothing, work, { signal: run.leaseSignal, timeoutMs: clearTimeoutMs })
}

function conclude({ exitCode, excess }: CommandEnd, { revision: { number, version } }: CommandWork): Outcome {
  const result = { exitCode, revision: number, version }
  if (exitCode === 0) return { type: 'succeeded', result }
  const diagnosis = `it exited with code ${exitCode}${excess === undefined ? '' : `: ${excess}`}`
  const failure = new FailureError(excess === undefined ? 'command-failed' : 'resource-exceeded', { diagnosis })
  return { type: 'failed', failure: failure.toFailure(), result }
}
