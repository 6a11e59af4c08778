import { writeFile } from 'node:fs/promises'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

/** Where the lines go, as a JSON array. */
export const unhandledFile = 'STEVEDORE_TEST_UNHANDLED'

/**
 * A line for each error that is no test's: what nobody caught, and a process that ended in the middle of its files. Vitest's JSON report has
 * none of them.
 * @public Vitest loads it by its path.
 */
export default class UnhandledReporter implements Reporter {
  async onTestRunEnd(_modules: readonly TestModule[], errors: readonly SerializedError[]): Promise<void> {
    const path = process.env[unhandledFile]
    if (path) await writeFile(path, JSON.stringify(errors.map(describeError)))
  }
}

function describeError({ message, cause }: SerializedError): string {
  return cause ? `${message}: ${(cause as SerializedError).message}` : message
}
