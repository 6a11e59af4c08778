import { type Ledger, listAttempts, listEnvironments, listEvents, listJobs } from '@stevedore/ledger'
import { judgeEffects, judgeWorld } from '../../scripts/soak/judge-effects.ts'
import { judgeHistory } from '../../scripts/soak/judge-history.ts'
import { readWorld } from '../chaos/deploy-engine.ts'
import { findViolations } from '../chaos/invariants.ts'
import type { Request } from './client.ts'
import type { World } from './world.ts'

interface Judged {
  own: Ledger
  world: World
  history: readonly Request[]
  /** Of jobs that the restored copy is older than, nothing is asked. */
  restoredToMs: number | undefined
}

const all = 1_000

/** All that a seed is judged by: the ledger by itself, against what the client was told, and against what the engines did. */
export async function judge({ own, world, history, restoredToMs }: Judged): Promise<string[]> {
  const jobs = await listJobs(own, { limit: all })
  const kept = new Set(jobs.map(({ id }) => id))
  const holdings = new Map<string, Awaited<ReturnType<typeof listAttempts>>>()
  for (const { id } of jobs) holdings.set(id, await listAttempts(own, id))
  const isOlder = ({ acceptedAtMs }: Request) => restoredToMs === undefined || (acceptedAtMs ?? 0) < restoredToMs
  const asked = history.filter(isOlder)
  for (const request of asked) request.told = await readEvents(own, request)
  const environments = await listEnvironments(own)
  const places = environments.filter(({ app }) => !world.unknown.has(app))
  return [
    ...world.wrongs,
    ...(await findViolations(own)),
    ...(restoredToMs === undefined ? judgeHistory(asked, { jobs, keys: await readKeys(own) }) : []),
    ...judgeEffects(
      world.deeds.filter(({ jobId }) => kept.has(jobId)),
      restoredToMs === undefined ? holdings : new Map(),
    ).filter(() => restoredToMs === undefined),
    ...jobs.filter(({ error }) => error?.code === 'internal').map((job) => `${job.kind} ${job.id} failed as internal`),
    ...places.flatMap(({ app, currentRevision }) =>
      judgeWorld(withoutGone(readWorld(world.deeds, app)), currentRevision, 1).map((rule) => `${app}: ${rule}`),
    ),
    ...(await findUnsent(own)),
  ]
}

/** Where no replica is, nothing is routed, whatever weight a revision once had. */
function withoutGone({ replicas, traffic }: ReturnType<typeof readWorld>): ReturnType<typeof readWorld> {
  const present = Object.entries(traffic).filter(([revision]) => replicas[Number(revision)])
  return { replicas, traffic: Object.fromEntries(present) }
}

async function readEvents(own: Ledger, { answers }: Request): Promise<Request['told']> {
  const jobId = answers.find((answer) => answer.jobId)?.jobId
  return jobId ? listEvents(own, { jobId, after: 0, limit: all }) : []
}

async function readKeys(own: Ledger): Promise<Map<string, string>> {
  const { rows } = await own.pool.query<{ key: string; job_id: string }>('select key, job_id from idempotency_keys')
  return new Map(rows.map(({ key, job_id }) => [key, job_id]))
}

async function findUnsent(own: Ledger): Promise<string[]> {
  const { rows } = await own.pool.query<{ job_id: string; attempt: number }>(
    `select outbox.job_id, outbox.attempt from outbox join jobs on jobs.id = outbox.job_id and jobs.attempt = outbox.attempt
     where jobs.state = 'queued' and published_at is null`,
  )
  return rows.map(({ job_id, attempt }) => `the message of attempt ${attempt} of ${job_id} was never sent`)
}
