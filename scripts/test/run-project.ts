import { join } from 'node:path'
import { execa } from 'execa'
import { failureReportFile } from './failure-reporter.ts'

const root = join(import.meta.dirname, '../..')

/** The test projects on real components, one after the other: each takes the whole machine. */
export const projects = ['integration', 'cluster', 'load'] as const

/** Runs a program of the repository for all to see. @returns whether it ended well */
export async function runProgram(
  program: string,
  arguments_: readonly string[],
  env: Record<string, string> = {},
): Promise<boolean> {
  console.log(`\n> ${program} ${arguments_.join(' ')}`)
  const options = { cwd: root, preferLocal: true, stdio: 'inherit', reject: false, env } as const
  const result = await execa(program, arguments_, options)
  return result.exitCode === 0
}

export interface Choice {
  /** Those of them that are the project's; all by default. */
  files?: readonly string[]
  without?: readonly string[]
}

/**
 * Runs the tests of a project.
 * @param report where the outcome goes, as JSON; beside it, with `.failures` at the end, what it lacks of them
 */
export function runProject(
  project: string,
  report: string,
  { files = [], without = [] }: Choice = {},
): Promise<boolean> {
  const kinds = ['default', 'json', './scripts/test/failure-reporter.ts'].map((kind) => `--reporter=${kind}`)
  const reporters = [...kinds, `--outputFile.json=${report}`]
  const chosen = files.length > 0 ? ['--passWithNoTests', ...files] : []
  return runProgram('vitest', ['run', '--project', project, ...reporters, ...chosen], {
    // Vitest's own `--exclude` does not reach a project that excludes by itself; vitest.config.ts reads this.
    STEVEDORE_TESTS_WITHOUT: without.join(' '),
    [failureReportFile]: `${report}.failures`,
  })
}
