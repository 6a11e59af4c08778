import { randomUUID } from 'node:crypto'
import type { JobRequest, JobView } from '@stevedore/contract'
import type { Client } from './client/client.ts'

/** A server that restarts just now is worth the wait: the key makes the repeats one job. */
const requestPatienceMs = 5_000

export function requestJob(client: Client, body: JobRequest): Promise<JobView> {
  const headers = { 'idempotency-key': randomUUID() }
  return client.post<JobView>('/v1/jobs', { body, headers, patienceMs: requestPatienceMs })
}
