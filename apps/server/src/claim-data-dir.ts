import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError, exitStatus } from './command-error.ts'

/**
 * Makes this process the only `stevedore up` on a data directory, until it has ended altogether. Rejects while another one holds it, however far
 * that has come with stopping.
 * @param proc where the system tells of processes, if it does
 */
export async function claimDataDir(dataDir: string, proc = '/proc'): Promise<void> {
  const path = join(dataDir, 'up.pid')
  const own = `${process.pid} ${await readStart(proc, process.pid)}\n`
  while (!(await placeFile(path, own))) {
    const text = await readFile(path, 'utf8').catch(() => '')
    if (text === own) break
    const holder = await findHolder(proc, text)
    if (holder !== undefined)
      throw new CommandError(
        exitStatus.failed,
        `Stevedore already runs on ${dataDir} (process ${holder})`,
        'Stop it and wait until it has ended, or give this one another STEVEDORE_DATA_DIR.',
      )
    await takeAway(path, text)
  }
  process.once('exit', () => releaseOwn(path, own))
}

/** Whether it is there now by this call: of several at once, one. */
async function placeFile(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    await rm(draft)
  }
}

/** What a process left that is gone; where another has taken its place meanwhile, that is put back. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  // Gone already: somebody else took it away.
  if (
    !(await rename(path, aside).then(
      () => true,
      () => false,
    ))
  )
    return
  if ((await readFile(aside, 'utf8')) !== text) await link(aside, path).catch(() => {})
  await rm(aside)
}

function releaseOwn(path: string, own: string): void {
  try {
    if (readFileSync(path, 'utf8') === own) rmSync(path)
  } catch {
    // The directory is gone.
  }
}

async function findHolder(proc: string, text: string): Promise<number | undefined> {
  // Where the start of a process is unknown, its id stands alone.
  const [id, start = ''] = text.trim().split(' ')
  if (!id || !isAlive(Number(id))) return undefined
  return (await readStart(proc, Number(id))) === start ? Number(id) : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process began, in ticks since boot: tells it from a later one of the same id. Empty where `proc` is absent. */
async function readStart(proc: string, pid: number): Promise<string> {
  const stat = await readFile(`${proc}/${pid}/stat`, 'utf8').catch(() => '')
  // The second field, a name in brackets, may hold spaces.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
