import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** The folders that one worker process works in. */
export interface Workspace {
  /** Makes an empty folder of this name, open to this user alone. */
  open(name: string): Promise<string>
  remove(name: string): Promise<void>
  /** Removes what workers left behind that are gone; gives the names. Call it every few seconds. */
  sweep(): Promise<string[]>
  /** Stops the beat and removes all folders of this process. */
  close(): Promise<void>
}

interface WorkspaceOptions {
  beatMs?: number
  /** An owner whose beat has not been seen to change for this long is gone. */
  staleMs?: number
}

/**
 * Each process has a folder of its own under `root` and keeps changing its time: the beat. Process ids would not do, since they
 * mean nothing between containers that share the root. Ages are told by this process's monotonic clock, from one look to the next:
 * a clock that jumps makes no living owner look dead.
 */
export async function openWorkspace(
  root: string,
  { beatMs = 5_000, staleMs = 30_000 }: WorkspaceOptions = {},
): Promise<Workspace> {
  const own = join(root, randomUUID())
  await mkdir(own, { recursive: true, mode: 0o700 })
  // A beat that fails is made up for by the next; without any, others take the folder for left behind, which it then is.
  const beat = setInterval(() => void utimes(own, new Date(), new Date()).catch(() => undefined), beatMs).unref()
  const seen = new Map<string, Sighting>()
  const opened = new Set<string>()
  return {
    async open(name) {
      const dir = join(own, name)
      opened.add(name)
      await rm(dir, { recursive: true, force: true })
      await mkdir(dir, { recursive: true, mode: 0o700 })
      return dir
    },
    async remove(name) {
      // What never was is not looked for on the disk.
      if (!opened.has(name)) return
      await rm(join(own, name), { recursive: true, force: true })
      opened.delete(name)
    },
    sweep: () => sweepStale(root, own, seen, staleMs),
    async close() {
      clearInterval(beat)
      await rm(own, { recursive: true, force: true })
    },
  }
}

interface Sighting {
  beat: number
  since: number
}

async function sweepStale(root: string, own: string, seen: Map<string, Sighting>, staleMs: number): Promise<string[]> {
  const owners = (await readdir(root)).map((name) => join(root, name)).filter((dir) => dir !== own)
  const states = await Promise.all(owners.map(async (dir) => ((await isStale(dir, seen, staleMs)) ? dir : undefined)))
  const stale = states.filter((dir) => dir !== undefined)
  await Promise.all(stale.map((dir) => rm(dir, { recursive: true, force: true })))
  for (const dir of stale) seen.delete(dir)
  return stale
}

async function isStale(dir: string, seen: Map<string, Sighting>, staleMs: number): Promise<boolean> {
  const beat = await stat(dir).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )
  if (beat === undefined) return false
  const last = seen.get(dir)
  if (last?.beat === beat) return performance.now() - last.since >= staleMs
  seen.set(dir, { beat, since: performance.now() })
  return false
}
