import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readUntil } from '@stevedore/testkit'
import { execa } from 'execa'
import { commandPath, type Settings } from './command.ts'

const startTimeoutMs = 120_000

export interface StevedoreServer {
  url: string
  /** The file with its output. */
  log: string
  /** SIGTERM, and the wait for its end. */
  stop(): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
  /** Starts it again on its port and its data. */
  restart(): Promise<void>
}

/** `stevedore up` in a process of its own, with its output in a file. */
export async function startStevedore(dir: string, settings: Settings): Promise<StevedoreServer> {
  const log = join(dir, 'stevedore.log')
  let running = await launch(log, settings)
  const end = async (signal: NodeJS.Signals) => {
    running.child.kill(signal)
    await running.child
  }
  return {
    url: running.url,
    log,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart() {
      running = await launch(log, settings)
    },
  }
}

async function launch(log: string, settings: Settings) {
  await writeFile(log, '', { mode: 0o600 })
  const output = { file: log, append: true } as const
  const options = { stdin: 'ignore', stdout: [output, 'pipe'], stderr: output, buffer: false, reject: false } as const
  // A group of its own: Ctrl-C in the terminal is the story's to answer, which stops Stevedore last.
  const child = execa(process.execPath, [commandPath, 'up'], { ...options, env: settings, detached: true })
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs)
  try {
    const [, url = ''] = await readUntil(child.stdout, /^Stevedore listens on (\S+)$/)
    return { child, url }
  } catch (error) {
    throw new Error(`Stevedore did not start:\n${await readFile(log, 'utf8')}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
