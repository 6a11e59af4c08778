import { type Ledger, listAttempts, listEnvironments, listJobs } from '@stevedore/ledger'
import { Client } from 'pg'
import { readWorld } from '../../test/chaos/deploy-engine.ts'
import { findViolations } from '../../test/chaos/invariants.ts'
import { type Holding, judgeEffects, judgeWorld } from './judge-effects.ts'
import { type Asked, judgeHistory } from './judge-history.ts'
import { REPLICAS } from './ship.ts'
import type { Stand } from './stand.ts'

const ALL = 1_000_000

/** All that the end of a soak is judged by: the ledger by itself, against what the client was told, and against what the engines did. */
export async function judgeLedger({ stage, postgres }: Stand, history: readonly Asked[]): Promise<string[]> {
  const { ledger, script } = stage
  const jobs = await listJobs(ledger, { limit: ALL })
  const holdings = new Map<string, Holding[]>()
  for (const { id } of jobs) holdings.set(id, await listAttempts(ledger, id))
  return [
    ...(await findViolations(ledger)),
    ...judgeHistory(history, { jobs, keys: await readKeys(postgres.url) }),
    ...judgeEffects(script.deeds(), holdings),
    ...jobs.filter(({ error }) => error?.code === 'internal').map(({ kind, id }) => `${kind} ${id} failed as internal`),
    ...(await judgeWorlds(stage)),
  ]
}

/** Each app runs what the ledger says. */
export async function judgeWorlds({ ledger, script }: Pick<Stand['stage'], 'ledger' | 'script'>): Promise<string[]> {
  const deeds = script.deeds()
  const environments = await listEnvironments(ledger)
  return environments.flatMap(({ app, currentRevision }) =>
    judgeWorld(readWorld(deeds, app), currentRevision, REPLICAS).map((rule) => `${app}: ${rule}`),
  )
}

/** How many jobs of each kind ended how. */
export async function countEnds(ledger: Ledger): Promise<Map<string, number>> {
  const jobs = await listJobs(ledger, { limit: ALL })
  const ends = jobs.map(({ kind, state, error }) => `${kind} ${state}${error ? ` (${error.code})` : ''}`)
  return new Map([...Map.groupBy(ends.sort(), (end) => end)].map(([end, all]) => [end, all.length]))
}

/** The ledger has them behind the id of the caller's token. */
async function readKeys(url: string): Promise<Map<string, string>> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query('select key, job_id from idempotency_keys')
    return new Map(rows.map(({ key, job_id }) => [key.slice(key.indexOf(':') + 1), job_id]))
  } finally {
    await client.end()
  }
}
