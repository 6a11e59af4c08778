import { randomBytes } from 'node:crypto'
import { appSpec } from '@stevedore/contract'
import { enqueueJob, type Job, type Ledger, migrateLedger, type NewJob, openLedger, putApp } from '@stevedore/ledger'
import { migrateTransport } from '@stevedore/queue'
import { sampleSpec, startPostgres } from '@stevedore/testkit'

const by = { actor: 'system', correlationId: 'bench' }
const app = 'shop'

export interface BenchLedger {
  ledger: Ledger
  url: string
  /** Records a job that does next to nothing: a dry run, which waits for no other. */
  enqueue(): Promise<Job>
  close(): Promise<void>
}

/** A migrated ledger on a Postgres of its own, which syncs nothing to disk, with one declared app. */
export async function openBenchLedger(): Promise<BenchLedger> {
  const postgres = await startPostgres()
  await migrateLedger(postgres.url)
  await migrateTransport(postgres.url)
  const ledger = openLedger({ url: postgres.url, masterKey: randomBytes(32), statementTimeoutMs: 30_000 })
  await putApp(ledger, { spec: appSpec.parse(sampleSpec(app)), by })
  return {
    ledger,
    url: postgres.url,
    enqueue: async () => (await enqueueJob(ledger, { job: dryRun, by })).job,
    async close() {
      await ledger.close()
      await postgres.stop()
    },
  }
}

const dryRun: NewJob<'deploy'> = {
  kind: 'deploy',
  app,
  environment: 'staging',
  specVersion: 1,
  request: { kind: 'deploy', app, environment: 'staging', dryRun: true },
  resolved: {
    kind: 'deploy',
    image: `registry.example.com/${app}@sha256:${'ab'.repeat(32)}`,
    version: '1.0.0',
    target: 'production',
    dryRun: true,
    strategy: null,
    byPerson: true,
  },
}
