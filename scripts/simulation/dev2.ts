import { startPostgres } from '@stevedore/testkit'
import { execute, withDatabase } from '../../packages/testkit/src/postgres-for-run.ts'
import { prepareClockedDatabase } from '../../test/simulation/clocked-database.ts'
import { openLane } from '../../test/simulation/lane.ts'
import { judge } from '../../test/simulation/judge.ts'
import { openWorld } from '../../test/simulation/world.ts'
import { Client } from 'pg'
const postgres = await startPostgres()
const unix = '/tmp/simsock'
const time = async (name, n, f) => { const b = process.hrtime.bigint(); const c = process.cpuUsage(); for (let i = 0; i < n; i++) await f(); const d = process.cpuUsage(c); console.log(name, Number(process.hrtime.bigint() - b) / 1e6 / n, 'ms; node cpu', (d.user + d.system) / 1e3 / n) }
try {
  await execute(postgres.url, 'CREATE DATABASE sim')
  const url = withDatabase(postgres.url, 'sim')
  await prepareClockedDatabase(url)
  const lane = await openLane(url)
  const c = new Client({ connectionString: url }); await c.connect()
  await time('tcp simple', 2000, () => c.query('select 1'))
  await time('tcp prepared', 2000, () => c.query({ name: 'x', text: 'select $1::int', values: [1] }))
  await time('tcp begin', 1000, async () => { await c.query('BEGIN'); await c.query('COMMIT') })
  await time('reset', 100, () => lane.kept.reset())
  await time('keep', 30, () => lane.kept.keep())
  await time('judge', 100, () => judge({ own: lane.own, world: openWorld(), history: [], restoredToMs: undefined }))
  await execute(postgres.url, `alter system set unix_socket_directories = '/tmp'`)
  await c.end()
  await lane.close()
  await postgres.stopImmediately(); await postgres.restart()
  const u = new URL(url)
  const d = new Client({ host: '/tmp', port: Number(u.port), user: u.username, password: u.password, database: 'sim' }); await d.connect()
  await time('unix simple', 2000, () => d.query('select 1'))
  await time('unix prepared', 2000, () => d.query({ name: 'x', text: 'select $1::int', values: [1] }))
  await d.end()
} finally { await postgres.stop() }
process.exit(0)
