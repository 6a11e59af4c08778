import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
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
  const options = { stdin: 'ignore', stdout: output, stderr: output, buffer: false, reject: false } as const
  // A group of its own: Ctrl-C in the terminal is the story's to answer, which stops Stevedore last.
  const child = execa(process.execPath, [commandPath, 'up'], { ...options, env: settings, detached: true })
  try {
    return { child, url: await Promise.race([waitForAddress(log), child.then(() => failStart(log))]) }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

async function waitForAddress(log: string): Promise<string> {
  const giveUpAt = Date.now() + startTimeoutMs
  while (Date.now() < giveUpAt) {
    const url = /^Stevedore listens on (\S+)$/m.exec(await readFile(log, 'utf8'))?.[1]
    if (url) return url
    await delay(100)
  }
  return failStart(log)
}

async function failStart(log: string): Promise<never> {
  throw new Error(`Stevedore did not start:\n${await readFile(log, 'utf8')}`)
}
