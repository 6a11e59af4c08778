import { FailureError } from '@stevedore/contract'
import { execa } from 'execa'
import { toSourceError } from './error.ts'

const maxOutputBytes = 64 * 2 ** 20

/** Runs git as `runProgram` does. */
export function runGit(
  args: string[],
  env: Record<string, string>,
  signal: AbortSignal,
  onOutput?: (chunk: Buffer) => void,
): Promise<string> {
  return runProgram('git', args, env, signal, onOutput)
}

/**
 * Runs git, or what git itself would run, in a process group of its own, which ends with the signal; gives its standard output.
 * @param onOutput takes the output instead; what it throws ends the program
 * @throws FailureError of the source, or the signal's reason
 */
export async function runProgram(
  program: string,
  args: string[],
  env: Record<string, string>,
  signal: AbortSignal,
  onOutput?: (chunk: Buffer) => void,
): Promise<string> {
  signal.throwIfAborted()
  const child = spawn(program, args, env, onOutput === undefined)
  const end = () => endGroup(child.pid)
  signal.addEventListener('abort', end, { once: true })
  try {
    if (onOutput) for await (const chunk of child.stdout) onOutput(chunk)
    return (await child).stdout ?? ''
  } catch (error) {
    end()
    // Its end is waited for; why it ended is known.
    await child.catch(() => undefined)
    signal.throwIfAborted()
    throw error instanceof FailureError ? error : toSourceError(readComplaint(error), error)
  } finally {
    signal.removeEventListener('abort', end)
  }
}

function spawn(program: string, args: string[], env: Record<string, string>, keepOutput: boolean) {
  const buffer = { stdout: keepOutput, stderr: true } as const
  const options = { extendEnv: false, stdin: 'ignore', detached: true, maxBuffer: maxOutputBytes } as const
  return execa(program, args, { env, cwd: env.HOME, buffer, ...options })
}

function readComplaint(error: unknown): string {
  const { stderr, code } = error as { stderr?: string; code?: string }
  return code === 'ENOENT' ? 'git is not installed' : stderr || String(error)
}

/** git leaves transports and unpackers behind when it alone is ended: the whole process group goes. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
