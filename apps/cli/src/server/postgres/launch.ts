import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // The queue's workers and the ledger's pools of one process; idle connections cost little.
  max_connections: '200',
  log_min_messages: 'warning',
}

const startTimeoutMs = 120_000
const stopTimeoutMs = 20_000
const linesKept = 20

export interface PostgresProcess {
  /** Resolves when the process has ended, whatever the cause. */
  exited: Promise<void>
  /** Sessions are ended and everything is written out; whoever hangs then is killed, which costs a replay at the next start. */
  stop(): Promise<void>
}

/** Starts the server and waits until it answers. Its last lines of output explain a start that fails. */
export async function launch(command: string[], files: string, port: number): Promise<PostgresProcess> {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [program = '', ...rest] = [...command, '-D', files, '-p', String(port), ...options]
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C', TZ: 'UTC' } })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await waitUntilReady(child)
  return { exited, stop: () => end(child, exited) }
}

async function waitUntilReady(child: ChildProcess): Promise<void> {
  const lines: string[] = []
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs)
  try {
    for await (const line of createInterface(child.stderr!)) {
      lines.push(line)
      if (line.includes('database system is ready to accept connections')) return
    }
  } finally {
    clearTimeout(timer)
    child.stderr!.resume()
  }
  throw new Error(`The embedded PostgreSQL did not start:\n${lines.slice(-linesKept).join('\n')}`)
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGINT')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await exited
  clearTimeout(timer)
}
