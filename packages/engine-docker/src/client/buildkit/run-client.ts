import { execa } from 'execa'

export interface ClientRun {
  path: string
  args: string[]
  env: Record<string, string>
  signal: AbortSignal
  /** Takes standard output and standard error as they come, as fast as it resolves; what it throws ends the client. */
  onOutput(chunk: Buffer): void | Promise<void>
}

/**
 * Runs a Docker client in a process group of its own. An engine cancels a build when its client goes away.
 * @returns the exit code
 * @throws the signal's reason, or what `onOutput` threw
 */
export async function runClient({ signal, onOutput, ...command }: ClientRun): Promise<number> {
  signal.throwIfAborted()
  const child = spawnGroup(await tieToWorker(command))
  const end = () => endGroup(child.pid)
  signal.addEventListener('abort', end, { once: true })
  try {
    for await (const chunk of child.all) await onOutput(chunk)
    const { exitCode } = await child
    signal.throwIfAborted()
    return exitCode ?? 1
  } finally {
    end()
    signal.removeEventListener('abort', end)
  }
}

type Command = Pick<ClientRun, 'path' | 'args' | 'env'>

function spawnGroup({ path, args, env }: Command) {
  const asItComes = { all: true, buffer: false, reject: false } as const
  return execa(path, args, { env, extendEnv: false, stdin: 'ignore', detached: true, ...asItComes })
}

const tool = 'setpriv'
const flags = ['--pdeathsig', 'KILL', '--']
let works: Promise<boolean> | undefined

/**
 * Has the kernel end a command when this process is killed: a build that prints nothing would else go on without its worker, since an
 * engine ends it only when the client goes. Where there is no such tool (util-linux has it), the command is left as it is.
 */
async function tieToWorker(command: Command): Promise<Command> {
  const { path, args, env } = command
  works ??= execa(tool, [...flags, 'true'], { env, extendEnv: false, reject: false }).then(
    ({ exitCode }) => exitCode === 0,
  )
  return (await works) ? { path: tool, args: [...flags, path, ...args], env } : command
}

/** How long the client may take to end by itself before its whole group is killed. */
const graceMs = 1_500

function endGroup(pid: number | undefined): void {
  if (!signalGroup(pid, 'SIGTERM')) return
  setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs).unref()
}

/** False when the group has ended by itself. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal)
  } catch {
    // ESRCH: there is no such group any more.
    return false
  }
}
