import { type JobKind, jobKinds } from '@stevedore/contract'
import { type KnownWorker, type Ledger, listKnownWorkers, shareAnswer } from '@stevedore/ledger'

/** One question a second for all who look at jobs. */
const askers = new WeakMap<Ledger, () => Promise<KnownWorker[]>>()

/** The kinds of jobs that no live worker takes, each with a sentence that says since when. */
export async function findUnserved(ledger: Ledger): Promise<Map<JobKind, string>> {
  const ask = askers.get(ledger) ?? shareAnswer(() => listKnownWorkers(ledger))
  askers.set(ledger, ask)
  const workers = await ask()
  const unserved = jobKinds.filter((kind) => !workers.some(({ live, kinds }) => live && kinds.includes(kind)))
  return new Map(unserved.map((kind) => [kind, describeLack(kind, workers)]))
}

function describeLack(kind: JobKind, workers: readonly KnownWorker[]): string {
  const seen = workers.filter(({ kinds }) => kinds.includes(kind)).map(({ seenAt }) => seenAt.getTime())
  const last = seen.length === 0 ? 'none was seen within the last hour' : `the last was seen at ${writeTime(seen)}`
  return `No live worker takes jobs of the kind ${kind}; ${last}. Start one: stevedore worker --kinds ${kind}`
}

function writeTime(times: readonly number[]): string {
  return new Date(Math.max(...times)).toISOString()
}
