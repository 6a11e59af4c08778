import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

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
  /** Resolves when it takes connections; never when it ends before. */
  ready: Promise<void>
  /** Resolves when the process has ended, whatever the cause. */
  ended: Promise<ProcessEnd>
  /** Sessions are ended and everything is written out; whoever hangs then is killed, which costs a replay at the next start. */
  stop(): Promise<void>
}

export interface ProcessEnd {
  /** `it was killed by SIGKILL`, `it ended with status 1`. */
  how: string
  /** The last that it wrote, oldest first. */
  lines: readonly string[]
  /** How long it had taken connections; 0 when it never did. */
  upMs: number
}

/** Starts the server. One that does not take connections in time is killed. */
export function launch({ command, files, port }: { command: string[]; files: string; port: number }): PostgresProcess {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [program = '', ...rest] = [...command, '-D', files, '-p', String(port), ...options]
  const child = spawn(program, rest, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { LC_ALL: 'C', TZ: 'UTC' },
    // A group of its own: Ctrl-C goes to all of a terminal's, and whoever still works with it ends before.
    detached: true,
  })
  // Whoever ends where it stands takes it along: its data is for the next who starts.
  const endWithProcess = () => child.kill('SIGINT')
  process.once('exit', endWithProcess)
  child.once('close', () => process.removeListener('exit', endWithProcess))
  const output = readOutput(child.stderr)
  const ended = awaitEnd(child).then((how) => ({ how, lines: output.lines, upMs: output.readUpMs() }))
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs)
  void Promise.race([output.ready, ended]).then(() => clearTimeout(timer))
  return { ready: output.ready, ended, stop: () => end(child, ended) }
}

function readOutput(output: Readable) {
  const lines: string[] = []
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  let readyAt: number | undefined
  createInterface(output).on('line', (line) => {
    if (lines.push(line) > linesKept) lines.shift()
    if (!line.includes('database system is ready to accept connections')) return
    readyAt = performance.now()
    resolve()
  })
  return { lines, ready, readUpMs: () => (readyAt === undefined ? 0 : performance.now() - readyAt) }
}

function awaitEnd(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`it could not be started (${error.message})`))
    child.once('close', (status, signal) =>
      resolve(signal ? `it was killed by ${signal}` : `it ended with status ${status}`),
    )
  })
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGINT')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(timer)
}
