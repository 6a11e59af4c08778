import { createReadStream } from 'node:fs'
import { lstat, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Pack } from 'tar-stream'
import { CliError, exitStatus } from '../exit.ts'
import { unlessAbsent } from '../system-error.ts'
import { listFiles } from './list-files.ts'

interface ContextOptions {
  /** The build context inside the folder. */
  path: string
  /** Relative to the context. */
  dockerfile: string
}

/**
 * What opens a tar of a folder's build context: its files are listed now and read while it is sent. Entries are named from the folder on.
 * Links stay links and empty folders stay; sockets and their like are left out.
 */
export async function packDirectory(
  dir: string,
  { path, dockerfile }: ContextOptions,
): Promise<() => ReadableStream<Uint8Array>> {
  const files = await listFiles(join(dir, path), { dockerfile }).catch((error: unknown) => {
    throw toUnreadable(dir, error)
  })
  const paths = files.map((file) => posix.join(path, file))
  const { pack } = await import('tar-stream')
  return () => openTar(pack(), dir, paths)
}

function openTar(tar: Pack, dir: string, paths: readonly string[]): ReadableStream<Uint8Array> {
  addFiles(tar, dir, paths).then(
    () => tar.finalize(),
    (error) => tar.destroy(toUnreadable(dir, error)),
  )
  return ReadableStream.from<Uint8Array>(tar as AsyncIterable<Uint8Array>)
}

function toUnreadable(dir: string, error: unknown): CliError {
  return new CliError(exitStatus.usage, `${dir} cannot be packed: ${error instanceof Error ? error.message : error}`)
}

async function addFiles(tar: Pack, dir: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await addFile(tar, dir, path)
}

async function addFile(tar: Pack, dir: string, path: string): Promise<void> {
  // git lists files that were deleted but not yet committed so.
  const stats = await unlessAbsent(lstat(join(dir, path)))
  if (stats?.isSymbolicLink()) tar.entry({ name: path, type: 'symlink', linkname: await readlink(join(dir, path)) })
  if (stats?.isDirectory() && path.endsWith('/')) tar.entry({ name: path, type: 'directory', mode: 0o755 })
  if (!stats?.isFile()) return
  const entry = tar.entry({ name: path, size: stats.size, mode: stats.mode & 0o777, mtime: stats.mtime })
  // A file that grows meanwhile must not break the archive.
  const end = Math.max(0, stats.size - 1)
  if (stats.size === 0) entry.end(null)
  else await pipeline(createReadStream(join(dir, path), { end }), entry)
}
