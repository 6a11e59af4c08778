import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Work under a lock takes far less: whoever holds one for so long has ended without letting go. */
const staleMs = 60_000
const patienceMs = 10_000
const pauseMs = 20

/** Does what only one process at a time may do with the file of the path, and makes its folder. Rejects where others do not let go of it,
 * or where it waits and is to stop. */
export async function withLockFile<T>(path: string, stopping: AbortSignal, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const lock = `${path}.lock`
  const own = randomBytes(16).toString('hex')
  await take(lock, own, stopping)
  try {
    return await work()
  } finally {
    // Taken away as stale meanwhile, it is another's.
    if ((await readFile(lock, 'utf8').catch(() => '')) === own) await rm(lock, { force: true })
  }
}

async function take(lock: string, own: string, stopping: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  while (!(await place(lock, own))) {
    if (await isStale(lock)) await takeAway(lock)
    else if (performance.now() > giveUpAt) throw new Error(`${lock} is held by another process`)
    // Never in step with another that waits.
    else await pause(pauseMs * (1 + 2 * Math.random()), undefined, { signal: stopping })
  }
}

async function place(lock: string, own: string): Promise<boolean> {
  try {
    await using file = await open(lock, 'wx', 0o600)
    await file.writeFile(own)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

/** One that is gone is not. */
async function isStale(lock: string): Promise<boolean> {
  const found = await stat(lock).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > staleMs
}

/** Where another has taken its place meanwhile, that is put back. */
async function takeAway(lock: string): Promise<void> {
  const aside = `${lock}.${randomBytes(6).toString('hex')}`
  try {
    await rename(lock, aside)
  } catch {
    // Somebody else took it away.
    return
  }
  if (!(await isStale(aside))) await link(aside, lock).catch(() => {})
  await rm(aside, { force: true })
}
