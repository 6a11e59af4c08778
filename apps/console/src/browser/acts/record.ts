import { ask } from '../api/client.ts'
import { say } from '../dialogs.ts'
import { linkJob } from '../parts/job.ts'
import { go } from '../router.ts'

/** What a job is asked for with. */
export type Wanted = Parameters<typeof ask<'createJob'>>[1]['body']

/** Records a job and shows it. @param key makes a repeat, after an answer that was lost, the same job */
export async function record(body: Wanted, key: string): Promise<void> {
  const job = await ask('createJob', { body, headers: { 'Idempotency-Key': key } })
  say('It is recorded.')
  go(linkJob(job.id))
}
