import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { type FailureReport, nameTest } from './failure-reporter.ts'

export interface Outcome {
  passed: number
  skipped: number
  /** File, name, the first lines of what it said, and what was found out of it. */
  failures: string[]
}

interface VitestReport {
  numPassedTests?: number
  numPendingTests?: number
  numTodoTests?: number
  testResults?: TestFile[]
}

interface TestFile {
  name: string
  status: string
  message?: string
  assertionResults: { fullName: string; status: string; failureMessages: string[] | null }[]
}

const MESSAGE_LINES = 3
/** Vitest has no words for a file whose process crashed. */
const UNFINISHED = 'did not finish: its process ended; the output above says how'

/** A test that a run knows of. */
export interface TestResult {
  /** From the root of the repository. */
  file: string
  name: string
  /** `passed`, `failed`, or why it did not run. */
  status: string
}

/** All tests of a run; none where it crashed and left no report. */
export async function readTests(path: string): Promise<TestResult[]> {
  const { testResults = [] } = await readReport(path)
  return testResults.flatMap((file) =>
    file.assertionResults.map(({ fullName, status }) => ({
      file: relative(process.cwd(), file.name),
      name: fullName,
      status,
    })),
  )
}

/** What a run's JSON report says; nothing where it crashed and left none. */
export async function readOutcome(path: string): Promise<Outcome> {
  const report = await readReport(path)
  const { numPassedTests = 0, numPendingTests = 0, numTodoTests = 0, testResults = [] } = report
  const { unhandled, details } = await readFailureReport(`${path}.failures`)
  return {
    passed: numPassedTests,
    skipped: numPendingTests + numTodoTests,
    failures: [
      ...testResults.flatMap((file) => nameFailures(file, details)),
      ...unhandled.map((line) => `of no test: ${line}`),
    ],
  }
}

async function readReport(path: string): Promise<VitestReport> {
  return JSON.parse(await readFile(path, 'utf8').catch(() => '{}'))
}

async function readFailureReport(path: string): Promise<FailureReport> {
  return JSON.parse(await readFile(path, 'utf8').catch(() => '{"unhandled":[],"details":{}}'))
}

function nameFailures(file: TestFile, details: FailureReport['details']): string[] {
  const path = relative(process.cwd(), file.name)
  const failed = file.assertionResults.filter((result) => result.status === 'failed')
  // A file that does not load, or whose hook at the end fails, has no test that says so.
  if (failed.length === 0) return file.status === 'failed' ? [describe(path, '(file)', file.message || UNFINISHED)] : []
  return failed.map(({ fullName, failureMessages }) =>
    [describe(path, fullName, failureMessages?.[0]), ...(details[nameTest(file.name, fullName)] ?? [])].join('\n    '),
  )
}

function describe(path: string, name: string, message = ''): string {
  const lines = message.split('\n').slice(0, MESSAGE_LINES)
  return [`${path} > ${name}`, ...lines].join('\n    ')
}
