import { execa } from 'execa'
import { tieToWorker } from './tie-to-worker.ts'

export interface ClientRun {
  path: string
  args: string[]
  env: Record<string, string>
  signal: AbortSignal
  /** Takes standard output and standard error as they come; what it throws ends the client. */
  onOutput(chunk: Buffer): void
}

/** How long the client may take to say goodbye before its whole group is killed. */
const farewellMs = 1_500

/**
 * Runs a Docker client in a process group of its own. An engine cancels a build when its client goes away.
 * @returns the exit code
 * @throws the signal's reason, or what `onOutput` threw
 */
export async function runClient({ path, args, env, signal, onOutput }: ClientRun): Promise<number> {
  signal.throwIfAborted()
  const command = await tieToWorker({ path, args }, env)
  const child = execa(command.path, command.args, {
    env,
    extendEnv: false,
    stdin: 'ignore',
    detached: true,
    all: true,
    buffer: false,
    reject: false,
  })
  const end = () => endGroup(child.pid)
  signal.addEventListener('abort', end, { once: true })
  try {
    for await (const chunk of child.all) onOutput(chunk)
    const { exitCode } = await child
    signal.throwIfAborted()
    return exitCode ?? 1
  } finally {
    end()
    signal.removeEventListener('abort', end)
  }
}

function endGroup(pid: number | undefined): void {
  if (!signalGroup(pid, 'SIGTERM')) return
  setTimeout(() => signalGroup(pid, 'SIGKILL'), farewellMs).unref()
}

/** False when the group has ended by itself. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal)
  } catch {
    return false
  }
}
