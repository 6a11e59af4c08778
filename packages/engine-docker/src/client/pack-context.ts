import { createReadStream, type Dirent } from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import dockerIgnore from '@balena/dockerignore'
import { toUnreadable } from '@stevedore/engine'
import { type Pack, pack } from 'tar-stream'

/**
 * A build context as the tar that the engine's first builder takes, without what `.dockerignore` names. Links go in as links.
 * The Dockerfile and `.dockerignore` always go in, as with Docker's own client.
 * @param rewritten what goes in as the Dockerfile, instead of the file
 * @throws FailureError `path-unreadable` when there is a `.dockerignore` and it cannot be read
 */
export async function packContext(
  contextDir: string,
  dockerfile: string,
  rewritten: string | undefined,
): Promise<Readable> {
  const ignored = dockerIgnore.default().add(await readIgnoreFile(contextDir))
  const always = new Set(['.dockerignore', dockerfile])
  const entries = await readdir(contextDir, { withFileTypes: true, recursive: true })
  const wanted = entries
    .map((entry) => ({ entry, path: relative(contextDir, join(entry.parentPath, entry.name)) }))
    .filter(({ path }) => always.has(path) || !ignored.ignores(path))
    .filter(({ path }) => rewritten === undefined || path !== dockerfile)
  const tar = pack()
  if (rewritten !== undefined) tar.entry({ name: dockerfile, mode: 0o644, mtime: new Date(0) }, rewritten)
  void addEntries(tar, contextDir, wanted).then(
    () => tar.finalize(),
    (error) => tar.destroy(error),
  )
  return Readable.from(tar)
}

async function readIgnoreFile(contextDir: string): Promise<string> {
  try {
    return await readFile(join(contextDir, '.dockerignore'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw toUnreadable('.dockerignore', error)
  }
}

/** Adds a whole folder to a tar, under a name there; links as links. */
export async function packFolder(tar: Pack, folder: string, name: string): Promise<void> {
  tar.entry({ name, type: 'directory', mode: 0o755, mtime: new Date(0) })
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name)
    await addEntry(tar, file, join(name, relative(folder, file)), entry)
  }
}

async function addEntries(tar: Pack, contextDir: string, entries: { entry: Dirent; path: string }[]): Promise<void> {
  for (const { entry, path } of entries) await addEntry(tar, join(contextDir, path), path, entry)
}

/** Owner and time are left out: they would keep layers from being found again. */
async function addEntry(tar: Pack, file: string, name: string, entry: Dirent): Promise<void> {
  const { mode, size } = await lstat(file)
  const head = { name, mode: mode & 0o7777, mtime: new Date(0) }
  if (entry.isDirectory()) tar.entry({ ...head, type: 'directory' })
  else if (entry.isSymbolicLink()) tar.entry({ ...head, type: 'symlink', linkname: await readlink(file) })
  else if (entry.isFile() && size === 0) tar.entry(head, '')
  else if (entry.isFile())
    await pipeline(createReadStream(file), tar.entry({ ...head, size }) as unknown as NodeJS.WritableStream)
}
