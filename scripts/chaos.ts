import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Guarantee, readGuarantees } from '../test/chaos/guarantees.ts'
import { judgeGuarantee, type Verdict } from './chaos/judge-guarantee.ts'
import { dockerEngine } from './prepare/docker-engine.ts'
import { prepare } from './prepare/prepare.ts'
import { busybox, fakeClock, git, haproxy, redis, registry, ssh } from './prepare/programs.ts'
import { readTests, type TestResult } from './test/outcome.ts'
import { projects, runProject } from './test/run-project.ts'

/** `npm run chaos [F1 F2 …]`: runs the tests of the faults of docs/guarantees.md, and prints for each whether what is promised held. */
const { positionals } = parseArgs({ allowPositionals: true })
const faults = readGuarantees().filter(({ id }) => id.startsWith('F'))
const unknown = positionals.filter((wanted) => !faults.some(({ id }) => id === wanted))
if (unknown.length > 0) {
  console.error(
    `There is no fault ${unknown.join(', ')}. Those that there are stand in docs/guarantees.md, from F1 on.`,
  )
  process.exit(2)
}
const chosen = positionals.length === 0 ? faults : faults.filter(({ id }) => positionals.includes(id))

await prepare([git, dockerEngine, registry, busybox, haproxy, redis, ssh, fakeClock])
// Here each kind of job has its turn at each point; `npm test` has not the time.
process.env.CHAOS_KINDS = 'all'
const results = await runTests([...new Set(chosen.flatMap(({ shownBy }) => shownBy.map(({ file }) => file)))])
const verdicts = chosen.map((guarantee) => [guarantee, judgeGuarantee(guarantee, results)] as const)
for (const [guarantee, verdict] of verdicts) print(guarantee, verdict)
const failed = verdicts.filter(([, { held }]) => held === 'no').length
console.log(`\n${verdicts.filter(([, { held }]) => held === 'yes').length} held, ${failed} did not`)
process.exitCode = failed === 0 ? 0 : 1

async function runTests(files: string[]): Promise<TestResult[]> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-chaos-'))
  const found: TestResult[] = []
  for (const project of projects) {
    const report = join(dir, `${project}.json`)
    await runProject(project, report, { files })
    found.push(...(await readTests(report)))
  }
  await rm(dir, { recursive: true })
  return found
}

function print({ id, where }: Guarantee, { held, why }: Verdict): void {
  const words = { yes: 'held', no: 'DID NOT HOLD', unknown: 'not tried', untouched: '–' }
  console.log(`${id.padEnd(4)} ${words[held].padEnd(13)} ${where}${why ? `: ${why}` : ''}`)
}
