import { CommanderError } from 'commander'
import { CliError, exitStatus } from './exit.ts'
import { createProgram } from './program.ts'
import { paint } from './render/style.ts'

/** Runs one command and gives the status that the process ends with. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv, { from: 'user' })
    return exitStatus.done
  } catch (error) {
    return report(error)
  }
}

function report(error: unknown): number {
  // Commander has written its message; asking for help is no fault.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage
  if (!(error instanceof CliError)) {
    console.error(paint('red', `stevedore: ${error instanceof Error ? error.message : error}`, process.stderr))
    return exitStatus.failed
  }
  if (error.message)
    console.error(paint(error.status === exitStatus.interrupted ? 'yellow' : 'red', error.message, process.stderr))
  if (error.remedy) console.error(`What to do: ${error.remedy}`)
  return error.status
}
