import { z } from 'zod'
import { jobKinds } from '../jobs/job.ts'
import { at, defineOperation } from './operation.ts'
import { pageOf } from './query.ts'

/** What a worker works on and gets no answer from. */
const absence = z.object({ site: z.string(), since: at, reason: z.string() })

export const workerView = z.object({
  /** Host, process and a random part. */
  id: z.string(),
  /** Null of a worker that is too old to say, like its concurrency. */
  version: z.string().nullable(),
  /** The kinds of jobs that it takes; none while it drains. */
  kinds: z.array(z.enum(jobKinds)),
  /** How many jobs of each kind it runs at a time. */
  concurrency: z.number().int().nullable(),
  /** How many jobs it has in hand. */
  running: z.number().int(),
  /** The Docker engines and clusters that it works on. */
  sites: z.array(z.string()),
  /** Those of them that do not answer: it takes nothing that needs them. */
  away: z.array(absence),
  /** It has told of itself within the last 10 s. */
  live: z.boolean(),
  startedAt: at,
  seenAt: at,
})
export type WorkerView = z.output<typeof workerView>

export const listWorkers = defineOperation({
  method: 'GET',
  url: '/v1/workers',
  summary:
    'The workers that live, and those that were lost within the last hour: what each takes, how much it has in hand, what does not answer it.',
  access: { right: 'read', reach: 'server' },
  answers: { 200: pageOf(workerView) },
})
