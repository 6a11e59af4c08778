import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { commandPath, type Settings } from './command.ts'

const startTimeoutMs = 120_000

/** `stevedore up` in a process of its own, with its output in a file. */
export async function startStevedore(
  dir: string,
  settings: Settings,
): Promise<{ url: string; log: string; stop(): Promise<void> }> {
  const log = join(dir, 'stevedore.log')
  await writeFile(log, '', { mode: 0o600 })
  // A group of its own: Ctrl-C in the terminal is the story's to answer, which stops Stevedore last.
  const child = execa(process.execPath, [commandPath, 'up', '--port', '0'], {
    detached: true,
    stdin: 'ignore',
    stdout: { file: log, append: true },
    stderr: { file: log, append: true },
    buffer: false,
    env: settings,
    reject: false,
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await child
  }
  const url = await Promise.race([waitForAddress(log), child.then(async () => failStart(log))]).catch(async (error) => {
    await stop()
    throw error
  })
  return { url, log, stop }
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
