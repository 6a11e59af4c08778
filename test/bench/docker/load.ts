/** `load.ts OPTIONS`: asks at a constant rate until it is told to end, and says how that went. */
import { type LoadOptions, startLoad } from '@stevedore/testkit'

const options: LoadOptions = JSON.parse(process.argv[2] ?? '')
const load = startLoad(options)
process.once('SIGTERM', async () => console.log(`done ${JSON.stringify(await load.stop())}`))
// The first second is the process's own start.
await load.reach(options.requestsPerSecond)
load.report.timesMs.splice(0)
console.log('under way')
