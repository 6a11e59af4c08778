import { imageOfService, type JobMessage, ProblemError, type RecordedService } from '@stevedore/contract'
import { lockHolding } from '../access/secret-versions.ts'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import { and, asc, eq, max, ne } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import type { SecretVersion } from '../foundation/schema/access.ts'
import { type ServiceState, services } from '../foundation/schema/companions.ts'
import { query, type Transaction } from '../foundation/transact.ts'
import { withFencedEnvironment } from '../jobs/fence.ts'
import type { EnvironmentKey } from '../line/line.ts'

/** A companion as it was made, under a number of its own. */
export interface ServiceRecord {
  app: string
  environment: string
  name: string
  number: number
  settings: RecordedService
  specVersion: number
  /** The values of its secrets that it runs with. */
  secrets: SecretVersion[]
  state: ServiceState
  jobId: string
  createdBy: string
  createdAt: Date
  activatedAt: Date | null
}

type Writing = JobMessage & EnvironmentKey & { name: string; by: By }

/** The companions that an environment has: by name, each as it was last made. */
export function listServices(ledger: Ledger, key: EnvironmentKey): Promise<ServiceRecord[]> {
  return query(ledger, (db) =>
    db
      .select()
      .from(services)
      .where(and(isOf(key), eq(services.state, 'active')))
      .orderBy(asc(services.name)),
  )
}

export function getService(
  ledger: Ledger,
  { number, ...key }: EnvironmentKey & { name: string; number: number },
): Promise<ServiceRecord | undefined> {
  return query(ledger, async (db) => {
    const [found] = await db
      .select()
      .from(services)
      .where(and(isNamed(key), eq(services.number, number)))
    return found
  })
}

/**
 * Numbers the next making of a companion, with the versions of its secrets that hold now; the same job gets the same again. What another job
 * began and did not end came to nothing. Throws StaleFenceError.
 * @param given.number of one that was found to run: a later one than was given yet
 */
export function createService(
  ledger: Ledger,
  given: Writing & { settings: RecordedService; specVersion: number; number?: number | undefined },
): Promise<ServiceRecord> {
  const { app, environment, name, jobId, settings, specVersion } = given
  return withFencedEnvironment(ledger, given, async (tx, job) => {
    const [earlier] = await tx.db
      .select()
      .from(services)
      .where(and(isNamed(given), eq(services.jobId, jobId)))
    if (earlier) return earlier
    await failPending(tx, given)
    const [last] = await tx.db
      .select({ number: max(services.number) })
      .from(services)
      .where(isNamed(given))
    const secrets = await lockHolding(tx.db, { names: settings.secrets, app, environment })
    const made = { app, environment, name, settings, specVersion, secrets, jobId, createdBy: job.requestedBy }
    const rows = await tx.db
      .insert(services)
      .values({ ...made, number: Math.max((last?.number ?? 0) + 1, given.number ?? 0), state: 'pending' })
      .returning()
    return takeOnly(rows, `the companion ${name} of ${app}/${environment}`)
  })
}

/** Records that a companion runs as of this number, and the one before no more; a repeat changes nothing. Throws StaleFenceError. */
export function activateService(ledger: Ledger, given: Writing & { number: number }): Promise<void> {
  const { app, environment, name, number, jobId, by } = given
  return withFencedEnvironment(ledger, given, async (tx) => {
    const [target] = await tx.db
      .select()
      .from(services)
      .where(and(isNamed(given), eq(services.number, number)))
    if (!target) throw new ProblemError('not-found', `${app} ${environment} has no ${number} of ${name}`)
    if (target.state === 'active') return
    const isBefore = and(isNamed(given), eq(services.state, 'active'))
    await tx.db.update(services).set({ state: 'retired' }).where(isBefore)
    const set = { state: 'active', activatedAt: now } as const
    await tx.db
      .update(services)
      .set(set)
      .where(and(isNamed(given), eq(services.number, number)))
    const detail = { service: name, number, image: imageOfService(target.settings) }
    tx.record({ by, action: 'service.activated', app, environment, jobId, detail })
  })
}

/** What the job made of a companion never came to run. Throws StaleFenceError. */
export function failService(ledger: Ledger, given: Writing): Promise<void> {
  return withFencedEnvironment(ledger, given, (tx) => failPending(tx, given))
}

/** With their data they are gone: the next deploy makes them anew. The environment is locked. */
export async function retireServices(tx: Transaction, key: EnvironmentKey): Promise<void> {
  await tx.db
    .update(services)
    .set({ state: 'retired' })
    .where(and(isOf(key), ne(services.state, 'failed')))
}

async function failPending(
  tx: Transaction,
  { by, jobId, app, environment, name: service }: Pick<Writing, 'app' | 'environment' | 'name' | 'by' | 'jobId'>,
): Promise<void> {
  const failed = await tx.db
    .update(services)
    .set({ state: 'failed' })
    .where(and(isNamed({ app, environment, name: service }), eq(services.state, 'pending')))
    .returning()
  for (const { number } of failed)
    tx.record({ by, action: 'service.failed', app, environment, jobId, detail: { service, number } })
}

function isOf({ app, environment }: EnvironmentKey) {
  return and(eq(services.app, app), eq(services.environment, environment))
}

function isNamed({ name, ...key }: EnvironmentKey & { name: string }) {
  return and(isOf(key), eq(services.name, name))
}
