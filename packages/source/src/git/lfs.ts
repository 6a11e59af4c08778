import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listTreeArguments } from './arguments.ts'
import type { GitSession } from './session.ts'

/** A file of which the repository holds only what it is: the content is on an LFS server. */
export interface LfsPointer {
  /** Absolute. */
  file: string
  path: string
  /** SHA-256, in hexadecimal digits. */
  oid: string
  size: number
}

/** What git-lfs makes is shorter, and nothing shorter than this is one. */
const [minPointerBytes, maxPointerBytes] = [100, 1_024]

/**
 * The pointers among the files of a checkout. Only where some `.gitattributes` gives files to LFS are there any to git, and only then is
 * looked for them.
 * @param attributes the paths of its `.gitattributes`
 */
export async function findPointers(
  session: GitSession,
  repository: string,
  dir: string,
  attributes: readonly string[],
): Promise<LfsPointer[]> {
  if (!(await usesLfs(dir, attributes))) return []
  const found: LfsPointer[] = []
  for (const path of await listSmallFiles(session, repository)) {
    const pointer = await readPointer(dir, path)
    if (pointer) found.push(pointer)
  }
  return found
}

async function usesLfs(dir: string, attributes: readonly string[]): Promise<boolean> {
  for (const path of attributes) if (/\bfilter=lfs\b/.test((await readPlain(dir, path)) ?? '')) return true
  return false
}

async function listSmallFiles(session: GitSession, repository: string): Promise<string[]> {
  const tree = Buffer.from(await session.runLocal(listTreeArguments(repository))).toString()
  return tree.split('\0').flatMap((record) => {
    const [head = '', path] = record.split(/\t(.*)/s)
    const size = Number(head.split(/ +/)[3])
    return path && size >= minPointerBytes && size <= maxPointerBytes ? [path] : []
  })
}

async function readPointer(dir: string, path: string): Promise<LfsPointer | undefined> {
  const text = await readPlain(dir, path)
  const [, oid, size] =
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n$/.exec(
      text ?? '',
    ) ?? []
  return oid && size ? { file: join(dir, path), path, oid, size: Number(size) } : undefined
}

/** A link is no file of this checkout. */
async function readPlain(dir: string, path: string): Promise<string | undefined> {
  const file = join(dir, path)
  return (await lstat(file)).isFile() ? readFile(file, 'utf8') : undefined
}
