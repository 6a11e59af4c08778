import { prepare } from './prepare/prepare.ts'
import { git, redis } from './prepare/programs.ts'
import { readOptions } from './soak/options.ts'

/**
 * `npm run soak [-- --minutes 10 --apis 2 --workers 3 --seed N --transport redis|postgres]`: a whole Stevedore under faults, with a client that
 * keeps its own history. Fails where something was lost, doubled, gapped or forked, or where a figure grows.
 */
const options = readOptions(process.argv.slice(2))
await prepare(options.transport === 'redis' ? [git, redis] : [git])
// Only now: it looks for what was brought.
const { runSoak } = await import('./soak/run-soak.ts')
process.exitCode = (await runSoak(options)) ? 0 : 1
