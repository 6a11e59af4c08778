import { asService, execute, withDatabase } from './postgres-for-run.ts'

export interface TestDatabase {
  /** As the owner, to look and to reach behind the service. */
  url: string
  /** As the role that the service is meant to run under. */
  serviceUrl: string
  drop(): Promise<void>
}

/** A migrated ledger of the test file's own, copied from the run's template; the file drops it in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  // Imported here: outside of Vitest its import fails, and the rest of the testkit is of use there too.
  const { inject } = await import('vitest')
  const { url, template } = inject('postgres')
  const name = `stevedore_test_${crypto.randomUUID().replaceAll('-', '')}`
  await execute(url, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  const own = withDatabase(url, name)
  const drop = () => execute(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  return { url: own, serviceUrl: asService(own), drop }
}
