import { execa } from 'execa'
import { commandPath, type Settings } from '../../scripts/demo/command.ts'

export interface Ended {
  status: number
  stdout: string
  stderr: string
}

/** Starts `stevedore …` in a process of its own; the promise of its end never rejects. */
export function startCommand(settings: Settings, arguments_: string[]) {
  const options = { env: settings, reject: false, timeout: 180_000, stdin: 'ignore' } as const
  const child = execa(process.execPath, [commandPath, ...arguments_], options)
  const ended = child.then(({ exitCode, stdout, stderr }): Ended => ({ status: exitCode ?? -1, stdout, stderr }))
  return { ended, interrupt: () => child.kill('SIGINT'), lines: child }
}

export function runCommand(settings: Settings, ...arguments_: string[]): Promise<Ended> {
  return startCommand(settings, arguments_).ended
}

/** Rejects with all that the command said unless it ended well. */
export async function succeed(ended: Promise<Ended>): Promise<Ended> {
  const { status, stdout, stderr } = await ended
  if (status !== 0) throw new Error(`the command ended with status ${status}: ${stdout}${stderr}`)
  return { status, stdout, stderr }
}

/** The JSON that a command prints; its status is the caller's to look at. */
export async function readJson<T>(settings: Settings, ...arguments_: string[]): Promise<T> {
  const { stdout, stderr } = await runCommand(settings, ...arguments_, '--json')
  try {
    return JSON.parse(stdout) as T
  } catch {
    throw new Error(`stevedore ${arguments_.join(' ')} printed no JSON: ${stdout}${stderr}`)
  }
}
