import { createWriteStream } from 'node:fs'
import { link, lstat, mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { bad, type PlacedEntry } from './entry-path.ts'

/**
 * Writes one entry below `dir`, never over what is there. Of the mode only "may be run" is kept.
 * @throws FailureError `bad-archive` when the entry is in another's way
 */
export async function writeEntry(
  dir: string,
  entry: PlacedEntry,
  mode: number,
  content: Readable,
  signal: AbortSignal,
): Promise<void> {
  try {
    await writers[entry.kind](dir, join(dir, entry.path), { entry, mode, content, signal })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw inTheWay.has(code ?? '') ? bad(`${JSON.stringify(entry.path)} is in another entry's way`, error) : error
  }
}

const inTheWay = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOENT', 'ENAMETOOLONG'])

interface Writing {
  entry: PlacedEntry
  mode: number
  content: Readable
  signal: AbortSignal
}

const writers: Record<PlacedEntry['kind'], (dir: string, path: string, writing: Writing) => Promise<unknown>> = {
  directory: (_dir, path) => mkdir(path, { recursive: true }),
  async file(_dir, path, { mode, content, signal }) {
    await mkdir(dirname(path), { recursive: true })
    const file = createWriteStream(path, { flags: 'wx', mode: mode & 0o100 ? 0o755 : 0o644 })
    await pipeline(content, file, { signal })
  },
  async symlink(_dir, path, { entry: { target } }) {
    await mkdir(dirname(path), { recursive: true })
    await symlink(target ?? '', path)
  },
  /** A hard link to a symbolic one would be a link that was never judged at its new place. */
  async link(dir, path, { entry: { target } }) {
    const original = join(dir, target ?? '')
    if (!(await lstat(original)).isFile()) throw bad(`${JSON.stringify(target)} is no file to link to`)
    await mkdir(dirname(path), { recursive: true })
    await link(original, path)
  },
}
