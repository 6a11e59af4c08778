import { type Ledger, listEnvironments } from '@stevedore/ledger'
import { judgeEffects } from '../../scripts/soak/judge-effects.ts'
import { judgeHistory } from '../../scripts/soak/judge-history.ts'
import { type History, judgeHistories, readHistories } from '../chaos/invariants.ts'
import { judgeCanaries } from './judge-canaries.ts'
import { judgeCommands } from './judge-commands.ts'
import { judgePlaces, judgeWorlds } from './judge-places.ts'
import { isScheduled, judgeTimetable } from './judge-timetable.ts'
import type { Request } from './send.ts'
import type { Timetable } from './timetable.ts'
import type { World } from './world.ts'

interface Judged {
  own: Ledger
  world: World
  history: readonly Request[]
  /** Of jobs that the restored copy is older than, nothing is asked. */
  restoredToMs: number | undefined
  /** Jobs that nobody asked for here: they made what stood before. */
  stood: readonly string[]
  timetable: Timetable | undefined
}

/** All that a seed is judged by: the ledger by itself, against what the client was told, and against what the engines did. */
export async function judge({ own, world, history, restoredToMs, stood, timetable }: Judged): Promise<string[]> {
  const read = await readHistories(own)
  const jobs = read.histories.map(({ job }) => job)
  const known = new Map(read.histories.map((history) => [history.job.id, history]))
  const holdings = new Map(read.histories.map(({ job, attempts }) => [job.id, attempts]))
  const isOlder = ({ acceptedAtMs }: Request) => restoredToMs === undefined || (acceptedAtMs ?? 0) < restoredToMs
  const asked = history.filter(isOlder)
  for (const request of asked) request.told = findEvents(known, request)
  const environments = await listEnvironments(own)
  const places = environments.filter(({ app }) => !world.unknown.has(app))
  return [
    ...world.wrongs,
    ...judgeHistories(read),
    ...(restoredToMs === undefined
      ? judgeHistory(asked, {
          jobs: jobs.filter((job) => !stood.includes(job.id) && !isScheduled(job)),
          keys: await readKeys(own),
        })
      : []),
    ...judgeEffects(
      world.deeds.filter(({ jobId }) => known.has(jobId)),
      restoredToMs === undefined ? holdings : new Map(),
    ).filter(() => restoredToMs === undefined),
    ...jobs.filter(({ error }) => error?.code === 'internal').map((job) => `${job.kind} ${job.id} failed as internal`),
    ...judgeWorlds(jobs, places, world.deeds),
    ...judgePlaces(jobs, environments, world.deeds),
    ...judgeCommands(jobs, world),
    ...(timetable ? await judgeTimetable(own, jobs, timetable) : []),
    ...judgeCanaries(history, jobs, world.deeds),
    ...(await findUnsent(own)),
  ]
}

function findEvents(known: ReadonlyMap<string, History>, { answers }: Request): Request['told'] {
  const jobId = answers.find((answer) => answer.jobId)?.jobId
  return (jobId && known.get(jobId)?.events) || []
}

async function readKeys(own: Ledger): Promise<Map<string, string>> {
  const { rows } = await own.pool.query<{ key: string; job_id: string }>({
    text: 'select key, job_id from idempotency_keys',
  })
  return new Map(rows.map(({ key, job_id }) => [key, job_id]))
}

async function findUnsent(own: Ledger): Promise<string[]> {
  const { rows } = await own.pool.query<{ job_id: string; attempt: number }>({
    text: `select outbox.job_id, outbox.attempt from outbox join jobs on jobs.id = outbox.job_id and jobs.attempt = outbox.attempt
     where jobs.state = 'queued' and published_at is null`,
  })
  return rows.map(({ job_id, attempt }) => `the message of attempt ${attempt} of ${job_id} was never sent`)
}
