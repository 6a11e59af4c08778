import { writeFile } from 'node:fs/promises'
import { stripVTControlCharacters } from 'node:util'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

/** Where it goes, as JSON: a `FailureReport`. */
export const failureReportFile = 'STEVEDORE_TEST_FAILURES'

/** What Vitest's JSON report lacks. */
export interface FailureReport {
  /** A line for each error that is no test's: what nobody caught, and a process that ended in the middle of its files. */
  unhandled: string[]
  /** By path and full name of a test: the difference that was found, what the engine said, and the causes. */
  details: Record<string, string[]>
}

const MOST_LINES = 12

/** @public Vitest loads it by its path. */
export default class FailureReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): Promise<void> {
    const path = process.env[failureReportFile]
    const report: FailureReport = { unhandled: errors.map(describeError), details: listDetails(modules) }
    if (path) await writeFile(path, JSON.stringify(report))
  }
}

function describeError({ message, cause }: SerializedError): string {
  return cause ? `${message}: ${(cause as SerializedError).message}` : message
}

function listDetails(modules: readonly TestModule[]): FailureReport['details'] {
  const failed = modules.flatMap((module) => [...module.children.allTests('failed')])
  return Object.fromEntries(
    failed.map((test) => [
      nameTest(test.module.moduleId, test.fullName.replaceAll(' > ', ' ')),
      (test.result().errors ?? []).flatMap(describeDetails),
    ]),
  )
}

/** As a test is found in `details`. */
export function nameTest(path: string, fullName: string): string {
  return `${path} ${fullName}`
}

function describeDetails(error: SerializedError): string[] {
  const said: unknown = error.diagnosis
  const lines = [
    ...(typeof said === 'string' ? [`it said: ${said}`] : []),
    ...(typeof error.diff === 'string' ? stripVTControlCharacters(error.diff).split('\n') : []),
    ...(error.cause ? [`caused by ${(error.cause as SerializedError).message}`] : []),
  ]
  return lines.filter((line) => line.trim() !== '').slice(0, MOST_LINES)
}
