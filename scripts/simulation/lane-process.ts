import { findShortest } from '../../test/simulation/find-shortest.ts'
import { openLane } from '../../test/simulation/lane.ts'
import { runSeed } from '../../test/simulation/run-seed.ts'
import { replaceTime } from '../../test/simulation/virtual-time.ts'

/** Forked by `run-simulation.ts`: runs the seeds that it is sent, one after the other, and says what came of each. */
const [url = ''] = process.argv.slice(2)
const lane = await openLane(url)
replaceTime()
process.once('disconnect', () => process.exit(1))
process.on('message', async ({ seed, faults, isAlone }: { seed: number; faults?: number; isAlone: boolean }) => {
  try {
    const result = await runSeed(lane, seed, { mostFaults: faults })
    const isBroken = result.broken.length > 0
    const told = isBroken && faults === undefined ? await findShortest(lane, result) : result
    const { trace, ...rest } = told
    process.send?.({ ...rest, ...((isBroken || isAlone) && { trace }) })
  } catch (error) {
    process.send?.({
      seed,
      broken: [`the simulation itself failed: ${(error as Error).stack}`],
      turns: 0,
      statements: 0,
    })
  }
})
process.send?.('ready')
