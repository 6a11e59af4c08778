import { type Ledger, openLedger } from '@stevedore/ledger'
import { declareApp } from '../chaos/jobs.ts'
import { type KeptLedger, openKeptLedger } from './clocked-database.ts'
import { type LedgerStock, openLedgerStock } from './ledger-stock.ts'
import { openConnectionStock } from './sessions.ts'
import { makeStanding, type Standing } from './standing.ts'

/** A database of its own in which seeds run one after the other. */
export interface Lane {
  own: Ledger
  stock: ReturnType<typeof openConnectionStock>
  ledgers: LedgerStock
  kept: KeptLedger
  apps: string[]
  /** What seeds begin with that are about it; others know nothing of it. */
  standing: Standing & { reset(): Promise<void> }
  close(): Promise<void>
}

/** Longer than anything here takes by the real clock: what Postgres ends in time it is told to. */
const patienceMs = 600_000

/** @param url of a database that `prepareClockedDatabase` has made */
export async function openLane(url: string): Promise<Lane> {
  const own = openLedger({ url, statementTimeoutMs: patienceMs, maxConnections: 80, poolTimeoutMs: patienceMs })
  const stock = openConnectionStock(own)
  const git = 'https://git.example.com/acme/shop.git'
  const apps = [
    await declareApp(own, git, { replicas: 1 }, 'shop'),
    await declareApp(own, git, { replicas: 1 }, 'blog'),
  ]
  const kept = await openKeptLedger(own.pool)
  const standing = await makeStanding(own)
  const reset = await kept.addBase('standing')
  return {
    ...{ own, stock, ledgers: openLedgerStock(own.url), kept, apps, standing: { ...standing, reset } },
    async close() {
      stock.close()
      await own.close()
    },
  }
}
