import { startPostgres } from '@stevedore/testkit'
import { execute, withDatabase } from '../../packages/testkit/src/postgres-for-run.ts'
import { prepareClockedDatabase } from '../../test/simulation/clocked-database.ts'
import { openLane } from '../../test/simulation/lane.ts'
import { runSeed } from '../../test/simulation/run-seed.ts'
import { replaceTime } from '../../test/simulation/virtual-time.ts'
const [from = '1', count = '5', full] = process.argv.slice(2)
const postgres = await startPostgres({ bySocket: true })
try {
  await execute(postgres.url, 'CREATE DATABASE sim')
  const url = withDatabase(postgres.url, 'sim')
  await prepareClockedDatabase(url)
  const lane = await openLane(url)
  replaceTime()
  const began = process.hrtime.bigint()
  let statements = 0
  let broken = 0
  for (let seed = Number(from); seed < Number(from) + Number(count); seed++) {
    const result = await runSeed(lane, seed)
    statements += result.statements
    if (result.broken.length) broken += 1
    if (full) console.log(result.trace.slice(0, Number(full)).join('\n'))
    if (full || result.broken.length) console.log(seed, result.turns, result.statements, result.broken)
  }
  const ms = Number(process.hrtime.bigint() - began) / 1e6
  console.log({ seeds: count, broken, ms, perSeed: ms / Number(count), statements: statements / Number(count) }, process.cpuUsage().user / 1e3 / Number(count))
  await lane.close()
} finally {
  await postgres.stop()
}
process.exit(0)
