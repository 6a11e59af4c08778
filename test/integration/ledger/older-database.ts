import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { digest, image, oldEvents, oldJobs, oldSteps, report, spec } from './older-rows.ts'

/** As the ledger wrote documents: a parameter of JSON text. */
const json = (document: unknown) => JSON.stringify(document)

const migrations = join(import.meta.dirname, '../../../drizzle')

/** Empties a database and brings it to where the first release's migrations left it, as a release of that time would have done. */
export async function returnToFirstRelease(client: Client): Promise<void> {
  const journal = JSON.parse(readFileSync(join(migrations, 'meta/_journal.json'), 'utf8'))
  await client.query(
    'drop schema public cascade; drop schema drizzle cascade; create schema public; create schema drizzle',
  )
  await client.query(
    'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
  )
  for (const { tag, when } of journal.entries.slice(0, 3)) {
    await client.query(readFileSync(join(migrations, `${tag}.sql`), 'utf8'))
    await client.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [tag, when])
  }
}

/** Writes all of it. @returns the jobs' ids by their names */
export async function insertOldRows(client: Client): Promise<Map<string, string>> {
  await insert(client, 'apps', { app: 'shop', spec_version: 1 })
  await insert(client, 'app_specs', { app: 'shop', spec_version: 1, spec: json(spec), declared_by: 'token:ada' })
  const ids = await insertJobs(client)
  const [jobId = ''] = ids.values()
  await insertWork(client, jobId)
  await insertEnvironment(client, jobId)
  await insert(client, 'images', {
    ...{ app: 'shop', version: '1.0.0', target: 'production', registry: 'registry.example.com', name: 'acme/shop' },
    ...{ tags: ['t'], image_id: digest, digest, size: 4_096, report: json(report), job_id: jobId },
  })
  await insert(client, 'audit', {
    ...{ actor: 'token:ada', action: 'job.requested', app: 'shop', job_id: jobId },
    detail: json({ correlationId: 'c', kind: 'build', parentId: null, request: { kind: 'build', app: 'shop' } }),
  })
  return ids
}

async function insertJobs(client: Client): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  for (const [name, job] of Object.entries(oldJobs)) {
    const { kind, request, payload, state = 'succeeded', environment, waitingFor, extra = {} } = job
    const { result, next = [], control = {}, error } = extra
    const id = randomUUID()
    ids.set(name, id)
    await insert(client, 'jobs', {
      ...{ id, kind, app: 'shop', environment, spec_version: 1, request: json(request), payload: json(payload) },
      ...{ result: json(result), next: json(next), control: json(control), error: json(error) },
      ...{ state, waiting_for: waitingFor, attempt: 1, max_failures: 3, max_losses: 3, in_line: false },
      ...{ approval: false, queue: 'latest', requested_by: 'webhook:github', correlation_id: 'c' },
    })
  }
  return ids
}

/** Events, steps and an attempt of one job. */
async function insertWork(client: Client, jobId: string): Promise<void> {
  for (const [index, { type, data }] of oldEvents.entries())
    await insert(client, 'events', { job_id: jobId, seq: index + 1, type, data: json(data) })
  for (const [index, { name, result }] of oldSteps.entries()) {
    const step = { name, position: index + 1, state: 'succeeded', attempt: 1, result: json(result) }
    await insert(client, 'steps', { job_id: jobId, ...step })
  }
  const failure = json({ code: 'build-failed', message: 'exit 1', detail: 'for the operator' })
  await insert(client, 'attempts', { job_id: jobId, attempt: 1, worker_id: 'w1', outcome: 'waiting', failure })
}

async function insertEnvironment(client: Client, jobId: string): Promise<void> {
  await insert(client, 'environments', {
    ...{ app: 'shop', environment: 'staging', current_revision: 2, last_revision: 2, observed_at: new Date() },
    warm: json([{ revision: 1, until: '2025-01-01T00:00:00.000Z' }]),
    observed: json({ replicas: [], traffic: { 2: 100 }, drift: [], address: null }),
  })
  await insert(client, 'revisions', {
    ...{ app: 'shop', environment: 'staging', number: 2, image, version: '1.0.0', spec_version: 1, job_id: jobId },
    ...{ strategy: 'rolling', state: 'active', cause: 'deploy', created_by: 'token:ada' },
    settings: json(spec.environments.staging),
  })
}

async function insert(client: Client, table: string, row: object): Promise<void> {
  const names = Object.keys(row)
  const values = names.map((_, index) => `$${index + 1}`)
  await client.query(`insert into ${table} (${names.join(', ')}) values (${values.join(', ')})`, Object.values(row))
}
