import { createReadStream } from 'node:fs'
import { lstat, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import { listFiles } from './list-files.ts'

export interface ContextOptions {
  /** The build context inside the folder. */
  path: string
  /** Relative to the context. */
  dockerfile: string
}

/**
 * A folder's build context as a tar. What may be wrong with it shows here, before anything is sent; entries are named from the folder on.
 * Links stay links; what is neither file nor link is left out.
 * @returns makes the tar while it is read, each time anew
 */
export async function packDirectory(
  dir: string,
  { path, dockerfile }: ContextOptions,
): Promise<() => ReadableStream<Uint8Array>> {
  const files = await listFiles(join(dir, path), { dockerfile })
  return () => {
    const tar = pack()
    addFiles(
      tar,
      dir,
      files.map((file) => posix.join(path, file)),
    ).then(
      () => tar.finalize(),
      (error: Error) => tar.destroy(error),
    )
    return ReadableStream.from<Uint8Array>(tar as AsyncIterable<Uint8Array>)
  }
}

async function addFiles(tar: Pack, dir: string, paths: string[]): Promise<void> {
  for (const path of paths) await addFile(tar, dir, path)
}

async function addFile(tar: Pack, dir: string, path: string): Promise<void> {
  // git lists files that were deleted but not yet committed so.
  const stats = await lstat(join(dir, path)).catch(() => undefined)
  if (stats?.isSymbolicLink()) tar.entry({ name: path, type: 'symlink', linkname: await readlink(join(dir, path)) })
  if (!stats?.isFile()) return
  const entry = tar.entry({ name: path, size: stats.size, mode: stats.mode & 0o777, mtime: stats.mtime })
  // A file that grows meanwhile must not break the archive.
  const end = Math.max(0, stats.size - 1)
  if (stats.size === 0) entry.end(null)
  else await pipeline(createReadStream(join(dir, path), { end }), entry)
}
