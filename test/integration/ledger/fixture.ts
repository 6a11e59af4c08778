import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AppSpec,
  appSpec,
  type JobMessage,
  type JobResult,
  type ResolvedDeploy,
  type ResolvedPush,
} from '@stevedore/contract'
import {
  type By,
  claimJob,
  enqueueJob,
  type Job,
  type Ledger,
  type NewJob,
  openLedger,
  putApp,
} from '@stevedore/ledger'
import { createTestDatabase } from '@stevedore/testkit'
import { Client, type QueryResultRow } from 'pg'
import { afterAll } from 'vitest'

export const by: By = { actor: 'token:ada', correlationId: 'c-1' }
export const worker: By = { actor: 'worker:w1', correlationId: 'c-1' }

export interface Fixture {
  url: string
  ledger: Ledger
  /** A ledger with connections of its own, as another process has. */
  openAnother(): Ledger
  /** As superuser, behind the ledger's back. */
  sql<R extends QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>
  /** Resolves once a statement that begins so waits for a lock: the server is asked until it says so. */
  untilBlocked(statement: string): Promise<void>
}

/** A ledger of the test file's own, closed and dropped after it. */
export async function openFixture(): Promise<Fixture> {
  const database = await createTestDatabase()
  const masterKey = randomBytes(32)
  const opened: Ledger[] = []
  const openAnother = () => {
    const ledger = openLedger({ url: database.serviceUrl, masterKey, statementTimeoutMs: 30_000 })
    opened.push(ledger)
    return ledger
  }
  const client = new Client({ connectionString: database.url })
  await client.connect()
  afterAll(async () => {
    await client.end()
    for (const ledger of opened) await ledger.close()
    await database.drop()
  })
  return {
    url: database.url,
    ledger: openAnother(),
    openAnother,
    sql: async <R extends QueryResultRow>(text: string, values?: unknown[]) =>
      (await client.query<R>(text, values)).rows,
    async untilBlocked(statement) {
      for (;;) {
        // In a transaction the list of sessions stands still.
        await client.query('select pg_stat_clear_snapshot()')
        const { rowCount } = await client.query(
          `select from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and starts_with(query, $1)`,
          [statement],
        )
        if (rowCount) return
        await sleep(20)
      }
    },
  }
}

/** A declared app of a name of its own, with the environments `staging` and `production`. */
export async function declareApp(ledger: Ledger, extra: Record<string, unknown> = {}): Promise<AppSpec> {
  const app = `app-${randomUUID().slice(0, 8)}`
  const environment = { engine: 'docker', port: 8081 }
  const spec = appSpec.parse({
    app,
    source: { git: 'https://git.example.com/acme/shop.git' },
    image: { registry: 'registry.example.com', name: `acme/${app}` },
    environments: { staging: environment, production: { ...environment, port: 8082 } },
    ...extra,
  })
  await putApp(ledger, { spec, by })
  return spec
}

export function newBuild(app: string, extra: Partial<NewJob<'build'>> = {}): NewJob<'build'> {
  return {
    kind: 'build',
    app,
    environment: null,
    specVersion: 1,
    request: { kind: 'build', app },
    resolved: {
      kind: 'build',
      targets: ['production'],
      ref: null,
      version: null,
      push: false,
      registry: 'registry.example.com',
      noCache: false,
      upload: null,
      cacheScope: app,
      trusted: true,
    },
    ...extra,
  }
}

export function newPush(app: string, images: ResolvedPush['images'] = []): NewJob<'push'> {
  const request = { kind: 'push', app, version: '1.0.0' } as const
  return { kind: 'push', app, environment: null, specVersion: 1, request, resolved: { kind: 'push', images } }
}

export const digest = `sha256:${'ab'.repeat(32)}`
export const imageOf = (app: string) => `registry.example.com/acme/${app}@${digest}`

export function newDeploy(
  app: string,
  extra: Partial<NewJob<'deploy'>> = {},
  resolved: Partial<ResolvedDeploy> = {},
): NewJob<'deploy'> {
  return {
    kind: 'deploy',
    app,
    environment: 'staging',
    specVersion: 1,
    request: { kind: 'deploy', app, environment: 'staging' },
    resolved: {
      kind: 'deploy',
      image: imageOf(app),
      version: '1.0.0',
      target: 'production',
      dryRun: false,
      strategy: null,
      byPerson: true,
      ...resolved,
    },
    ...extra,
  }
}

export function newRollback(app: string, extra: Partial<NewJob<'rollback'>> = {}, toRevision = 1): NewJob<'rollback'> {
  return {
    kind: 'rollback',
    app,
    environment: 'staging',
    specVersion: 1,
    request: { kind: 'rollback', app, environment: 'staging' },
    resolved: { kind: 'rollback', toRevision, image: imageOf(app), version: '1.0.0', target: null },
    ...extra,
  }
}

export function newRemoval(app: string): NewJob<'deploy'> {
  const request = { kind: 'deploy', app, environment: 'staging', remove: true } as const
  return { ...newDeploy(app), request, resolved: { kind: 'deploy', remove: true } }
}

/** How a build and a deploy end well. */
export const built = { version: '1.0.0', commit: 'abc', reports: [] } satisfies JobResult
export const rolledOut = {
  revision: 1,
  image: imageOf('shop'),
  version: '1.0.0',
  address: null,
  traffic: { 1: 100 },
} satisfies JobResult

export async function enqueue(ledger: Ledger, job: NewJob): Promise<Job> {
  return (await enqueueJob(ledger, { job, by })).job
}

export async function claim(ledger: Ledger, job: JobMessage | Job, leaseMs = 60_000): Promise<Job> {
  const message = 'jobId' in job ? job : { jobId: job.id, attempt: job.attempt }
  const claimed = await claimJob(ledger, { ...message, workerId: 'w1', leaseMs, by: worker })
  if (!claimed) throw new Error(`job ${message.jobId} was not there to claim`)
  return claimed
}

/** A running job, and the message under which its worker writes. */
export async function startJob(
  ledger: Ledger,
  job: NewJob,
  leaseMs?: number,
): Promise<{ job: Job; message: JobMessage }> {
  const running = await claim(ledger, await enqueue(ledger, job), leaseMs)
  return { job: running, message: { jobId: running.id, attempt: running.attempt } }
}
