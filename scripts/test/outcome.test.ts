import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, expect, it } from 'vitest'
import { failureReportFile } from './failure-reporter.ts'
import { readOutcome } from './outcome.ts'

const dir = await mkdtemp(join(tmpdir(), 'stevedore-outcome-'))
afterAll(() => rm(dir, { recursive: true }))

it('names what failed in a run of these tests: a test, a hook at the end, a file that does not load, a process that ends', async () => {
  const vitest = `import { afterAll, expect, it } from '${import.meta.resolve('vitest')}'\n`
  await writeFile(join(dir, 'right.test.ts'), `${vitest}it('is right', () => expect(1).toBe(1))`)
  await writeFile(
    join(dir, 'wrong.test.ts'),
    `${vitest}it('is wrong', () => expect(1).toBe(2)); it.skip('is left out')`,
  )
  await writeFile(
    join(dir, 'hook.test.ts'),
    `${vitest}afterAll(() => { throw new Error('at the end') }); it('runs', () => {})`,
  )
  const thrown = `Object.assign(new Error('failed', { cause: new Error('the socket') }), { diagnosis: 'no pool is free' })`
  await writeFile(
    join(dir, 'said.test.ts'),
    `${vitest.replace('it }', 'it, describe }')}describe('an engine', () => { it('says why', () => { throw ${thrown} }) })`,
  )
  await writeFile(join(dir, 'absent.test.ts'), `import './nothing.ts'`)
  await writeFile(
    join(dir, 'crash.test.ts'),
    `${vitest}it('takes its process along', async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}) })`,
  )
  const report = join(dir, 'report.json')
  const told = join(import.meta.dirname, 'failure-reporter.ts')
  const run = ['run', '--root', dir, '--reporter=json', `--reporter=${told}`, `--outputFile.json=${report}`]
  const env = { VITEST: undefined, [failureReportFile]: `${report}.failures` }
  await execa('vitest', run, { preferLocal: true, reject: false, extendEnv: true, env })

  const outcome = await readOutcome(report)

  expect(outcome).toMatchObject({ passed: 2, skipped: 1 })
  const failures = outcome.failures.map((failure) =>
    failure.startsWith('of no test') ? failure : failure.slice(failure.lastIndexOf('/', failure.indexOf(' >')) + 1),
  )
  expect(failures.sort()).toEqual([
    expect.stringMatching(/^absent\.test\.ts > \(file\)\n.*nothing\.ts/s),
    expect.stringMatching(/^crash\.test\.ts > \(file\)/),
    expect.stringMatching(/^hook\.test\.ts > \(file\)\n.*at the end/s),
    expect.stringMatching(/^of no test: .*exited unexpectedly with signal SIGKILL .*crash\.test\.ts/),
    expect.stringMatching(
      /^said\.test\.ts > an engine says why\n.*it said: no pool is free\n {4}caused by the socket$/s,
    ),
    expect.stringMatching(/^wrong\.test\.ts > is wrong\n.*expected 1 to be 2.*- 2\n +\+ 1$/s),
  ])
})

it('says of a file whose process ended in the middle that it did not finish', async () => {
  const report = join(dir, 'crashed.json')
  const file = { name: join(process.cwd(), 'test/crash.test.ts'), status: 'failed', message: '', assertionResults: [] }
  await writeFile(report, JSON.stringify({ testResults: [file] }))
  expect((await readOutcome(report)).failures).toEqual([
    'test/crash.test.ts > (file)\n    did not finish: its process ended; the output above says how',
  ])
})

it('says nothing of a run that left no report', async () => {
  expect(await readOutcome(join(dir, 'none.json'))).toEqual({ passed: 0, skipped: 0, failures: [] })
})
