import { startPostgres } from '@stevedore/testkit'
import { execute, withDatabase } from '../../packages/testkit/src/postgres-for-run.ts'
import { prepareClockedDatabase } from '../../test/simulation/clocked-database.ts'
import { openLane } from '../../test/simulation/lane.ts'
import { runSeed } from '../../test/simulation/run-seed.ts'
import { mutations } from '../../test/simulation/mutations.ts'
import { replaceTime } from '../../test/simulation/virtual-time.ts'
const [pattern = '.', most = '200'] = process.argv.slice(2)
const postgres = await startPostgres({ bySocket: true })
try {
  await execute(postgres.url, 'CREATE DATABASE sim')
  const url = withDatabase(postgres.url, 'sim')
  await prepareClockedDatabase(url)
  const lane = await openLane(url)
  replaceTime()
  for (const [name, mutation] of Object.entries(mutations)) {
    if (!new RegExp(pattern).test(name)) continue
    const found: number[] = []
    const began = process.hrtime.bigint()
    let first: string[] = []
    for (let seed = 1; seed <= Number(most); seed++) {
      const { broken } = await runSeed(lane, seed, { mutation })
      if (broken.length) { found.push(seed); first = first.length ? first : broken; if (found.length === 3) break }
    }
    console.log(name, found, first, Number(process.hrtime.bigint() - began) / 1e9)
  }
  await lane.close()
} finally {
  await postgres.stop()
}
process.exit(0)
