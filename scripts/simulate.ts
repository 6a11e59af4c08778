import { readOptions } from './simulation/options.ts'
import { runSimulation } from './simulation/run-simulation.ts'

/**
 * `npm run simulate [-- --seeds 1000] [--seed N] [--faults K] [--lanes N]`: the core under faults that the seed draws, one thing at a time. Fails with
 * the seed, its shortest trace, and the command that repeats it.
 */
process.exitCode = (await runSimulation(readOptions(process.argv.slice(2)))) ? 0 : 1
