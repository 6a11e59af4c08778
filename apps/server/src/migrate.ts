import { createFirstToken, migrateLedger, openLedger } from '@stevedore/ledger'
import { migrateTransport } from '@stevedore/queue'
import type { DatabaseConfig } from './config.ts'

/** Brings the tables of the ledger, and of the queue where PostgreSQL carries it, up to date. */
export async function migrate({ databaseUrl, redisUrl }: DatabaseConfig): Promise<void> {
  await migrateLedger(databaseUrl)
  if (redisUrl === undefined) await migrateTransport(databaseUrl)
}

/** `stevedore migrate` */
export async function runMigrate(config: DatabaseConfig, { firstToken }: { firstToken: boolean }): Promise<void> {
  await migrate(config)
  console.log('The tables are up to date.')
  if (firstToken) await makeFirstToken(config.databaseUrl)
}

/** An API that others can reach makes no token by itself: whoever reads its output would own it. */
async function makeFirstToken(url: string): Promise<void> {
  const ledger = openLedger({ url })
  try {
    const token = await createFirstToken(ledger, { by: { actor: 'system', correlationId: 'first-token' } })
    console.log(token ? `The first admin token, shown this once: ${token}` : 'There has been a token before.')
  } finally {
    await ledger.close()
  }
}
