import { setTimeout as delay } from 'node:timers/promises'
import type { BackupPlace } from './backup-place.ts'
import { openFarewell, throwUncaught } from './farewell.ts'

/** After one that failed. */
const retryMs = 60_000

interface Schedule {
  list: BackupPlace['list']
  everyMs: number
  make(): Promise<void>
}

/**
 * Makes a backup whenever the newest there is so old, until a signal: a restart neither adds one nor leaves one out. One that fails
 * is said and tried again; how old the newest is, the API's figures tell.
 */
export async function repeatBackups({ list, everyMs, make }: Schedule): Promise<void> {
  await using running = openFarewell()
  const end = new AbortController()
  const rounds = runRounds({ list, everyMs, make }, end.signal)
  const ending = await Promise.race([running.begun, rounds])
  end.abort()
  await rounds
  throwUncaught(ending)
}

async function runRounds({ list, everyMs, make }: Schedule, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const dueInMs = await countDown(list, everyMs).catch(() => 0)
    if (dueInMs > 0) {
      console.log(`The next is due ${new Date(Date.now() + dueInMs).toISOString()}`)
      await pause(dueInMs, signal)
    } else if (!(await isMade(make))) await pause(Math.min(everyMs, retryMs), signal)
  }
}

/** How long until the next is due; nothing is, where there is none. */
async function countDown(list: BackupPlace['list'], everyMs: number): Promise<number> {
  const newest = (await list()).at(-1)
  return newest ? newest.takenAt.getTime() + everyMs - Date.now() : 0
}

async function isMade(make: () => Promise<void>): Promise<boolean> {
  try {
    await make()
    return true
  } catch (error) {
    console.error(`No backup: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

/** Timers end at 24 days; then it looks again. */
const longestMs = 2 ** 31 - 1

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return delay(Math.min(ms, longestMs), undefined, { signal }).catch(() => {})
}
