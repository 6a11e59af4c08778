import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcess, readUntil } from './child-process.ts'
import { type Component, findProgram } from './component.ts'
import { findFreePort } from './free-port.ts'

const program = findProgram('redis-server')

export const redisComponent: Component = {
  name: 'Redis',
  found: program !== undefined,
  bring: 'apt-get install redis-server',
}

export interface TestRedis {
  url: string
  /** Ends the process at once, as `kill -9` does; what the append-only file had not got yet is lost. */
  kill(): Promise<void>
  /** Starts it again on its port, with its data. */
  restart(): Promise<void>
  /** Half-open: connections stay, nothing answers. */
  freeze(): void
  thaw(): void
  /** Sends one command, such as `FLUSHALL`; gives the raw reply's first line. */
  command(text: string): Promise<string>
  stop(): Promise<void>
}

/** Starts a Redis on a port and in a folder of its own. @param settings such as `['--maxmemory-policy', 'allkeys-lru']` */
export async function startRedis(settings: string[] = []): Promise<TestRedis> {
  if (!program) throw new Error(`no Redis here; bring it with: ${redisComponent.bring}`)
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-redis-'))
  const port = await findFreePort()
  const start = () => launch(program, [...storage(dir), ...address(port), ...settings])
  let child = await start()
  const kill = () => endProcess(child, 'SIGKILL')
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async restart() {
      child = await start()
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    command: (text) => send(port, text),
    async stop() {
      await kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const storage = (dir: string) => ['--dir', dir, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '']
const address = (port: number) => ['--bind', '127.0.0.1', '--port', String(port)]

async function launch(path: string, settings: string[]): Promise<ChildProcess> {
  const child = spawn(path, settings, { stdio: ['ignore', 'pipe', 'inherit'] })
  await readUntil(child.stdout, /Ready to accept connections/)
  return child
}

async function send(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.write(`${text}\r\n`)
    const [reply] = await once(socket, 'data')
    return String(reply).split('\r\n', 1)[0] ?? ''
  } finally {
    socket.destroy()
  }
}
