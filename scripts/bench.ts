import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, BenchOptions } from '../test/bench/bench.ts'
import { consolePaintBench } from '../test/bench/console-paint.ts'
import { dockerBuildBench } from '../test/bench/docker/build.ts'
import { buildLinesBench } from '../test/bench/docker/lines.ts'
import { dockerRolloutBench } from '../test/bench/docker/rollout.ts'
import { dockerSwitchBench } from '../test/bench/docker/switch.ts'
import { growthBench } from '../test/bench/growth/growth.ts'
import { httpEnqueueBench } from '../test/bench/http-enqueue.ts'
import { jobDelayBench } from '../test/bench/job-delay.ts'
import { jobPathBench } from '../test/bench/job-path.ts'
import { kubernetesBench } from '../test/bench/kubernetes-deploy.ts'
import { severalWorkersBench } from '../test/bench/several-workers.ts'
import { chooseStatus, formatTable, judge, type Measurement } from '../test/bench/table.ts'
import { workerKilledBench } from '../test/bench/worker-killed.ts'
import { installPeers } from './bench/install-peers.ts'

/** `npm run bench [-- PART … --quick --strict --json PATH]`: ours beside its peers in one run; docs/benchmarks.md says what each row is. */
const benches: Bench[] = [
  httpEnqueueBench,
  jobPathBench,
  jobDelayBench,
  severalWorkersBench,
  workerKilledBench,
  growthBench,
  consolePaintBench,
  dockerSwitchBench,
  dockerRolloutBench,
  dockerBuildBench,
  buildLinesBench,
  kubernetesBench,
]
const { values, positionals: wanted } = readArguments()
const options: BenchOptions = { quick: values.quick }

await installPeers()
const measurements: (Measurement & { part: string })[] = []
let failed = false
for (const bench of benches) if (wanted.length === 0 || wanted.includes(bench.name)) await measure(bench)

const verdicts = measurements.map(judge)
if (verdicts.length > 0) console.log(`\n${formatTable(verdicts)}`)
await writeReport(values.json)
process.exitCode = chooseStatus(verdicts, { failed, strict: values.strict })

function readArguments() {
  try {
    const parsed = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        json: { type: 'string', default: join(import.meta.dirname, '../.stevedore/bench.json') },
      },
    })
    const unknown = parsed.positionals.filter((name) => !benches.some((bench) => bench.name === name))
    if (unknown.length > 0)
      throw new Error(`There is no ${unknown.join(', ')}; the parts are ${benches.map(({ name }) => name).join(', ')}.`)
    return parsed
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

/** One part that fails does not keep the others from being measured. */
async function measure({ name, title, components, run }: Bench): Promise<void> {
  console.log(`\n${name}: ${title}`)
  const missing = components.filter(({ found }) => !found)
  for (const component of missing) console.log(`skipped: no ${component.name} here; bring it with: ${component.bring}`)
  if (missing.length > 0) return
  try {
    const found = await run(options)
    console.log(formatTable(found.map(judge)))
    measurements.push(...found.map((measurement) => ({ part: name, ...measurement })))
  } catch (error) {
    console.error(`failed: ${(error as Error).message}`)
    failed = true
  }
}

async function writeReport(path: string): Promise<void> {
  const machine = { cores: cpus().length, processor: cpus()[0]?.model, memoryBytes: totalmem(), node: process.version }
  const report = {
    at: new Date().toISOString(),
    machine,
    options,
    rows: measurements.map((row) => ({ ...row, ...pick(row) })),
  }
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`)
  console.log(`\nWritten to ${path}.`)
}

function pick(measurement: Measurement) {
  const { ratio, met } = judge(measurement)
  return { ratio, met }
}
