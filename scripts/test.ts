import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { dockerEngine } from './prepare/docker-engine.ts'
import { prepare } from './prepare/prepare.ts'
import { busybox, chromium, git, haproxy, prometheus, redis, registry, ssh } from './prepare/programs.ts'

/** `npm test`: what `npm run check` says, then the tests on real components. Ends with one line of sums. */
const root = join(import.meta.dirname, '..')
const dir = await mkdtemp(join(tmpdir(), 'stevedore-tests-'))
const missing = await prepare([git, dockerEngine, registry, busybox, haproxy, redis, ssh, chromium, prometheus])

const steps = [
  await run('biome', ['ci', '--diagnostic-level=error', '.']),
  await run('tsc', ['-p', '.']),
  await run('knip', ['--no-progress']),
]
const tests: Counts[] = []
for (const project of ['unit', 'integration', 'cluster', 'load']) tests.push(await runTests(project))
await rm(dir, { recursive: true })

for (const { name, why, packages } of missing)
  console.log(`skipped what needs ${name} (${why}); bring it with: apt-get install ${packages.join(' ')}`)
const sum = (key: keyof Counts) => tests.reduce((total, counts) => total + counts[key], 0)
const failed = sum('failed') + steps.filter((passed) => !passed).length
console.log(`${sum('passed')} passed, ${failed} failed, ${sum('skipped')} skipped`)
process.exitCode = failed === 0 ? 0 : 1

async function run(program: string, arguments_: string[]): Promise<boolean> {
  console.log(`\n> ${program} ${arguments_.join(' ')}`)
  const result = await execa(program, arguments_, { cwd: root, preferLocal: true, stdio: 'inherit', reject: false })
  return result.exitCode === 0
}

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** A run that ends badly without naming a test (a file that does not load, a crash) counts as one that failed. */
async function runTests(project: string): Promise<Counts> {
  const report = join(dir, `${project}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const passed = await run('vitest', ['run', '--project', project, ...reporters])
  const counts = await readCounts(report)
  return { ...counts, failed: passed ? counts.failed : Math.max(1, counts.failed) }
}

interface VitestReport {
  numPassedTests?: number
  numFailedTests?: number
  numPendingTests?: number
  numTodoTests?: number
}

async function readCounts(path: string): Promise<Counts> {
  // A run that crashed leaves no report.
  const report: VitestReport = JSON.parse(await readFile(path, 'utf8').catch(() => '{}'))
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = report
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
}
