import { type Command, CommanderError } from 'commander'
import { exitStatus, isCommandFailure } from './exit.ts'
import { printAside } from './output.ts'
import { createProgram } from './program.ts'
import { paint } from './render/style.ts'

/**
 * Runs one command and gives the status that the process ends with.
 * @param serverCommands those that run Stevedore, beside the ones that ask it
 */
export async function run(argv: readonly string[], serverCommands: readonly Command[] = []): Promise<number> {
  try {
    await createProgram(serverCommands).parseAsync(argv, { from: 'user' })
    return exitStatus.done
  } catch (error) {
    return await report(error)
  }
}

async function report(error: unknown): Promise<number> {
  // Commander has written its message; asking for help is no fault.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage
  // What went wrong first is what the user can mend; that the rest did not end in order came of it.
  if (error instanceof SuppressedError) return report(error.suppressed)
  if (isCommandFailure(error)) return say(error.message, error)
  // Loaded by now where it is one, and else for nothing but this.
  const { ConfigError } = await import('@stevedore/config')
  if (error instanceof ConfigError) return say(error.message, { status: exitStatus.usage })
  return say(`stevedore: ${error instanceof Error ? error.message : error}`, { status: exitStatus.failed })
}

function say(message: string, { status, remedy }: { status: number; remedy?: string | undefined }): number {
  const colour = status === exitStatus.interrupted ? 'yellow' : 'red'
  if (message) printAside(paint(colour, message, process.stderr))
  if (remedy) printAside(`What to do: ${remedy}`)
  return status
}
