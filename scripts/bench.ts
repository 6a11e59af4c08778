import type { Bench } from '../test/bench/bench.ts'
import { dockerSwitchBench } from '../test/bench/docker-switch.ts'
import { enqueueBench } from '../test/bench/enqueue.ts'
import { kubernetesBench } from '../test/bench/kubernetes-deploy.ts'
import { queueBenches } from '../test/bench/queue.ts'

/** `npm run bench [-- PART …]`: timings to be compared within one run; prints tables and writes nothing. */
const benches = [enqueueBench, ...queueBenches, dockerSwitchBench, kubernetesBench]
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; the parts are ${benches.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

for (const bench of benches) if (wanted.length === 0 || wanted.includes(bench.name)) await show(bench)

/** One part that fails does not keep the others from being measured. */
async function show({ name, title, components, run }: Bench): Promise<void> {
  console.log(`\n${name}: ${title}`)
  const missing = components.filter(({ found }) => !found)
  for (const component of missing) console.log(`skipped: no ${component.name} here; bring it with: ${component.bring}`)
  if (missing.length > 0) return
  try {
    console.table(await run())
  } catch (error) {
    console.error(`failed: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
