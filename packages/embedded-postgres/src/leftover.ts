import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EmbeddedPostgresError } from './error.ts'

const patienceMs = 30_000
const pollMs = 100

/**
 * Ends a database that outlived its Stevedore (`kill -9`) and still holds these files, and waits until it has let go. A
 * `postmaster.pid` whose process is gone is left for PostgreSQL, which clears it by itself.
 */
export async function endLeftover(files: string): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  for (let pid = await findLeftover(files); pid !== undefined; pid = await findLeftover(files)) {
    if (performance.now() > giveUpAt)
      throw new EmbeddedPostgresError('files-in-use', {
        message: `Another PostgreSQL (process ${pid}) holds ${files} and does not end`,
        remedy: `End it: kill ${pid}`,
      })
    signal(pid)
    await delay(pollMs)
  }
}

async function findLeftover(files: string): Promise<number | undefined> {
  const [pid] = (await readIfThere(join(files, 'postmaster.pid'))).split('\n')
  if (!pid || !/^\d+$/.test(pid)) return undefined
  // Its id may have gone to another process meanwhile, after a restart of the machine above all.
  const command = await readIfThere(`/proc/${pid}/cmdline`)
  return command.split('\0').includes(files) ? Number(pid) : undefined
}

/** Empty where there is nothing to read: no server, no such process, or no /proc on this platform. */
function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGINT')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
