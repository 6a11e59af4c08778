import { grantService, migrateLedger } from '@stevedore/ledger'
import { migrateTransport, transportSchema } from '@stevedore/queue'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that the run's test databases are on, and the migrated database that each is a copy of. */
    postgres: { url: string; template: string }
  }
}

/**
 * Vitest's global setup: one Postgres for the run, or the one that TEST_DATABASE_URL names (its role must be allowed to create databases),
 * with one migrated database to copy.
 */
export default async function setUpPostgres(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL
  const own = given ? undefined : await startPostgres()
  const url = given ?? own?.url ?? ''
  const template = `stevedore_template_${crypto.randomUUID().slice(0, 8)}`
  await execute(url, `CREATE DATABASE ${template}`)
  await prepareDatabase(withDatabase(url, template))
  project.provide('postgres', { url, template })
  return async () => {
    await execute(url, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
    await own?.stop()
  }
}

/** As `stevedore migrate` leaves a database: ready for a service that signs in as another role than the owner. */
async function prepareDatabase(url: string): Promise<void> {
  await migrateLedger(url)
  await migrateTransport(url)
  await grantService(url, { accountUrl: asService(url), schemas: [transportSchema] })
}

/** The same database for the role of the service, which may change neither the tables nor the audit trail. */
export function asService(url: string): string {
  return Object.assign(new URL(url), { username: 'stevedore_test_service', password: 'only-in-tests' }).href
}

export async function execute(url: string, statement: string): Promise<void> {
  // A server that is lost while nothing is asked says so to the next query.
  const client = new Client({ connectionString: url }).on('error', () => {})
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
