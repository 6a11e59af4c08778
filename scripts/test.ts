import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dockerEngine } from './prepare/docker-engine.ts'
import { prepare } from './prepare/prepare.ts'
import {
  busybox,
  chromium,
  fakeClock,
  git,
  haproxy,
  nginx,
  prometheus,
  redis,
  registry,
  ssh,
} from './prepare/programs.ts'
import { lastParts, runInTime } from './test/last-parts.ts'
import { judgeLeftovers, listOurs } from './test/leftovers.ts'
import { type Outcome, readOutcome } from './test/outcome.ts'
import { type Choice, projects, runProgram, runProject } from './test/run-project.ts'

/** Of the last parts none is begun later: the longest takes ten minutes on a slow machine, and the whole is to end within 90. */
const beginWithinMs = 55 * 60_000

/**
 * `npm test`: what `npm run check` says, then the tests on real components; `npm test -- --all` without a limit of time. Ends with what
 * failed and one line of sums.
 */
const isLate = process.argv.includes('--all') ? () => false : () => performance.now() > beginWithinMs
const dir = await mkdtemp(join(tmpdir(), 'stevedore-tests-'))
const missing = await prepare([
  git,
  dockerEngine,
  registry,
  busybox,
  haproxy,
  redis,
  ssh,
  chromium,
  prometheus,
  nginx,
  fakeClock,
])

/** Nothing of ours is to outlive the tests: what does would be left to a user's machine as well, and fails the run. */
const before = await listOurs()

const outcomes = [
  await runCheck('biome', ['ci', '--diagnostic-level=error', '.']),
  await runCheck('tsc', ['-p', '.']),
  await runCheck('tsc', ['-p', 'apps/console']),
  await runCheck('knip', ['--no-progress']),
]
const last = lastParts.flatMap(({ files }) => files)
for (const project of ['unit', ...projects]) outcomes.push(await runTests(project, { without: last }))
const leftOut = await runInTime(lastParts, isLate, async ({ project, files }) =>
  outcomes.push(await runTests(project, { files })),
)
await rm(dir, { recursive: true })
outcomes.push(await judgeLeftovers(before))

for (const { name, why, packages } of missing)
  console.log(`skipped what needs ${name} (${why}); bring it with: apt-get install ${packages.join(' ')}`)
const unseen = leftOut.flatMap(({ files }) => files)
if (unseen.length > 0)
  console.log(`left out, since the machine was too slow for it: ${unseen.join(', ')}; all run with: npm test -- --all`)
const failures = outcomes.flatMap((outcome) => outcome.failures)
for (const failure of failures) console.log(`failed: ${failure}`)
const sum = (key: 'passed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0)
console.log(
  `${sum('passed')} passed, ${failures.length} failed, ${sum('skipped')} skipped, ${unseen.length} files left out`,
)
process.exitCode = failures.length === 0 ? 0 : 1

async function runCheck(program: string, arguments_: string[]): Promise<Outcome> {
  const passed = await runProgram(program, arguments_)
  return { passed: 0, skipped: 0, failures: passed ? [] : [`${program} ${arguments_.join(' ')}`] }
}

/** A run that ends badly without naming a test (an error that nobody caught, a crash) counts as one that failed. */
async function runTests(project: string, choice: Choice): Promise<Outcome> {
  const report = join(dir, `${project}-${outcomes.length}.json`)
  const passed = await runProject(project, report, choice)
  const outcome = await readOutcome(report)
  if (!passed && outcome.failures.length === 0)
    outcome.failures.push(`${project}: the run ended badly and names no test; its last lines say why`)
  return outcome
}
