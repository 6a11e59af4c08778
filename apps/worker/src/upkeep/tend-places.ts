import { FailureError } from '@stevedore/contract'
import type { Observation, Place, WorkContext } from '@stevedore/engine'
import {
  type EnvironmentRecord,
  findColdColours,
  getEnvironment,
  listEnvironments,
  listGiven,
  recordObservation,
  recordSweep,
  takeWarm,
} from '@stevedore/ledger'
import { openEnvironmentRedactor } from '../environment-secrets.ts'
import { compareToLedger, viewObservation } from '../observation.ts'
import { openPlace } from '../open-place.ts'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'
import { openRemovals, type Removals } from './removals.ts'

const observeEveryMs = 10_000
const coolEveryMs = 1_000
const lookTimeoutMs = 15_000
/** What was told to end and takes longer goes on to its end, and is found again. */
const removeTimeoutMs = 10 * 60_000

/** Records what is seen of each environment, and removes what a crash left there that no revision in use accounts for. */
export function startObserver(worker: Worker, removals: Removals): Loop {
  return startLoop(worker, {
    name: 'observer',
    intervalMs: observeEveryMs,
    async run() {
      for (const environment of await listEnvironments(worker.ledger)) {
        if (worker.closing.aborted) return false
        await tend(worker, removals, environment).catch((error: unknown) =>
          worker.logger.debug({ err: error, environment: environment.environment }, 'not observed'),
        )
      }
      return false
    },
  })
}

/**
 * Ends warm colours whose time is over. Who takes one off the list removes it; the observer finds what a crash in between leaves. A place
 * of which something is being removed has its turn later.
 */
export function startCooler(worker: Worker, removals: Removals): Loop {
  return startLoop(worker, {
    name: 'cooler',
    intervalMs: coolEveryMs,
    async run() {
      for (const cold of await findColdColours(worker.ledger)) {
        if (removals.isUnderWay(cold) || !(await takeWarm(worker.ledger, cold))) continue
        const place = await openPlace(worker.ledger, cold.app, cold.environment)
        if (place) removals.start(place, [cold.revision])
      }
      return false
    },
  })
}

async function tend(worker: Worker, removals: Removals, record: EnvironmentRecord): Promise<void> {
  const { app, environment, activeJobId, currentRevision } = record
  const place = await openPlace(worker.ledger, app, environment)
  if (!place) return
  const observed = await worker.engines.deploy[place.settings.engine].observe(place, soon(worker))
  // Read after the look: a deploy may have begun meanwhile.
  const known = await getEnvironment(worker.ledger, app, environment)
  const { redact } = await openEnvironmentRedactor(worker.ledger, place)()
  await recordObservation(worker.ledger, {
    ...{ app, environment },
    observed: compareToLedger(viewObservation(observed, place.settings, redact), known),
    whileRan: currentRevision,
  })
  if (activeJobId === null) removals.start(place, await listStrays(worker, place, observed))
}

/** A look, which ends with the worker. */
function soon({ closing }: Worker): AbortSignal {
  return AbortSignal.any([closing, AbortSignal.timeout(lookTimeoutMs)])
}

/**
 * Replicas of revisions that neither serve nor are kept warm, in an environment where nothing is under way. Where nothing came to serve yet,
 * those of deploys that failed, with the traffic that they may have been given; but for one that is to stay as it is when it fails. Only
 * what a deploy of this ledger made is its own to remove: it may be an older copy of the one that made the rest.
 */
async function listStrays(worker: Worker, place: Place, observed: Observation): Promise<number[]> {
  const { app, environment } = place
  const now = await getEnvironment(worker.ledger, app, environment)
  if (!now || now.activeJobId !== null) return []
  const isEmpty = now.currentRevision === null
  if (isEmpty && place.settings.onFailure === 'stop') return []
  const kept = new Set<number | null>([now.currentRevision, ...now.warm.map((warm) => warm.revision)])
  const staying = observed.replicas.filter(({ state }) => state !== 'leaving').map(({ revision }) => revision)
  const idle = [...new Set(staying)].filter((number) => !kept.has(number) && (isEmpty || !observed.traffic[number]))
  const given = await listGiven(worker.ledger, { app, environment, numbers: idle })
  return given.filter(({ served }) => !isEmpty || !served).map(({ number }) => number)
}

/** What observer and cooler remove. */
export function openPlaceRemovals(worker: Worker): Removals {
  return openRemovals(worker, async (place, revisions, signal) => {
    const engine = worker.engines.deploy[place.settings.engine]
    for (const revision of revisions) {
      if (await isTaken(worker, place, revision)) continue
      await engine.scaleDown(place, revision, 0, idleContext(worker, place, signal))
      const left = await engine.observe(place, soon(worker), { probe: false })
      if (left.replicas.some((one) => one.revision === revision && one.state !== 'leaving')) continue
      await recordSweep(worker.ledger, { ...place, revision, by: upkeepOf(worker) })
      worker.logger.info({ app: place.app, environment: place.environment, revision }, 'replicas out of use removed')
    }
  })
}

/** The one before it may have taken minutes to end, and a job meanwhile have made this one serve. */
async function isTaken({ ledger }: Worker, { app, environment }: Place, revision: number): Promise<boolean> {
  const now = await getEnvironment(ledger, app, environment)
  return now?.currentRevision === revision || Boolean(now?.warm.some((warm) => warm.revision === revision))
}

const upkeepOf = ({ id }: Worker) => ({ actor: `worker:${id}`, correlationId: `upkeep-${id}` })

/** Upkeep has no job of its own: its fence is that no job holds the environment. */
function idleContext(worker: Worker, { app, environment }: Place, stopped: AbortSignal): WorkContext {
  return {
    // Of this removal alone: who has the same id may break its lock of the proxy.
    jobId: `upkeep-${worker.id}-${app}.${environment}`,
    correlationId: upkeepOf(worker).correlationId,
    signal: AbortSignal.any([worker.closing, stopped, AbortSignal.timeout(removeTimeoutMs)]),
    async fence() {
      const now = await getEnvironment(worker.ledger, app, environment)
      if (now?.activeJobId !== null) throw new FailureError('internal', { detail: 'a job took the environment' })
    },
    log: (line) => worker.logger.debug({ app, environment }, line),
    awaitRoom: async () => undefined,
    event: () => undefined,
    progress: () => undefined,
  }
}
