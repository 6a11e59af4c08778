import { describeTraffic, type Observation, type Place, withinMs } from '@stevedore/engine'
import type { Run } from '../../attempt/run.ts'
import { compareToLedger, viewObservation } from '../../observation.ts'

const lookTimeoutMs = 10_000

/** What is there at this moment. A request to end keeps nobody from looking, only a lost lease does. */
export function look(run: Run, place: Place): Promise<Observation> {
  return run.worker.engines.deploy[place.settings.engine].observe(place, withinMs(lookTimeoutMs, run.leaseSignal))
}

/** Looks, and records what was seen for whoever asks what runs. */
async function observe(run: Run, place: Place): Promise<Observation> {
  const seen = await look(run, place)
  const { app, environment } = place
  const known = await run.ledger.getEnvironment(app, environment)
  const observed = compareToLedger(viewObservation(seen, place.settings, run.redact), known)
  await run.ledger.recordObservation({ app, environment, observed })
  return seen
}

/** The same where nothing hangs on it: what cannot be looked at now the observer sees soon. */
export function tryObserve(run: Run, place: Place): Promise<Observation | undefined> {
  return observe(run, place).catch(() => undefined)
}

/** What serves, in words; part of every failure of a deploy. */
export function describeServed(seen: Observation | undefined): string {
  return `Traffic: ${seen ? describeTraffic(seen.traffic) : 'could not be observed'}.`
}
