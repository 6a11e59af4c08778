import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError, exitStatus } from './command-error.ts'

/** Makes this process the only `stevedore up` on a data directory. Rejects while another one holds it. Returns how to let go. */
export async function claimDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'up.pid')
  const holder = await findHolder(path)
  if (holder !== undefined)
    throw new CommandError(
      exitStatus.failed,
      `Stevedore already runs on ${dataDir} (process ${holder})`,
      'Stop it, or give this one another STEVEDORE_DATA_DIR.',
    )
  await writeFile(path, `${process.pid} ${await readStart(process.pid)}\n`, { mode: 0o600 })
  return () => rm(path, { force: true })
}

async function findHolder(path: string): Promise<number | undefined> {
  // Without the file nobody has it, or whoever had it ended in order.
  const [id, start] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ')
  if (!id || Number(id) === process.pid || !isAlive(Number(id))) return undefined
  return (await readStart(Number(id))) === start ? Number(id) : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process began, in ticks since boot: tells it from a later one of the same id. Empty where /proc is absent. */
async function readStart(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field, a name in brackets, may hold spaces.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
