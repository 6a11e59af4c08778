import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What git and archives mean by a mode, where nothing is taken from it. */
const usualUmask = 0o022
const atOnce = 64

/**
 * Gives files and folders below `dir` the modes that they have under the usual umask: this process's own is no part of a source, and would
 * be in the image. What its owner may run, all may run.
 */
export async function restoreModes(dir: string): Promise<void> {
  if (process.umask() === usualUmask) return
  const entries = await readdir(dir, { withFileTypes: true, recursive: true })
  const plain = entries.filter((entry) => entry.isFile() || entry.isDirectory())
  for (let at = 0; at < plain.length; at += atOnce)
    await Promise.all(plain.slice(at, at + atOnce).map((entry) => restoreMode(join(entry.parentPath, entry.name))))
}

async function restoreMode(path: string): Promise<void> {
  const { mode } = await lstat(path)
  const wanted = mode & 0o100 ? 0o755 : 0o644
  if ((mode & 0o777) !== wanted) await chmod(path, wanted)
}
