import { posix } from 'node:path'
import { FailureError } from '@stevedore/contract'

/** What is checked of an entry before anything is written. */
export interface EntryHead {
  name: string
  type: string
  linkname?: string | null | undefined
}

/** An entry whose place is known to lie inside the folder. */
export interface PlacedEntry {
  /** Relative, normalized, never empty. */
  path: string
  kind: 'file' | 'directory' | 'symlink' | 'link'
  /** As written for a symlink; relative to the folder for a hard link. */
  target: string | undefined
}

const kinds: Record<string, PlacedEntry['kind']> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'link',
}

/**
 * Where an entry may be written: relative, inside the folder, and not through a link that an earlier entry made.
 * @param links paths of the symbolic links so far
 * @returns undefined for the folder itself
 * @throws FailureError `bad-archive`
 */
export function placeEntry({ name, type, linkname }: EntryHead, links: ReadonlySet<string>): PlacedEntry | undefined {
  const kind = kinds[type]
  if (!kind) throw bad(`${show(name)} is a ${type}`)
  const path = normalizePath(name)
  if (path === '') return undefined
  const through = parentsOf(path).find((parent) => links.has(parent))
  if (through !== undefined) throw bad(`${show(name)} leads through the link ${show(through)}`)
  return { path, kind, target: placeTarget(path, kind, linkname ?? '') }
}

const maxPathLength = 4_095

function placeTarget(path: string, kind: PlacedEntry['kind'], target: string): string | undefined {
  if (kind === 'link') return normalizePath(target)
  if (kind !== 'symlink') return undefined
  const reached = posix.normalize(posix.join(posix.dirname(path), target))
  // An absolute one is meant for the image (`/usr/bin/python3`): nothing is written through it here, and who follows one judges it.
  const isMeantForImage = posix.isAbsolute(target) && target.length <= maxPathLength
  if (target === '' || target.includes('\0') || !(isMeantForImage || !leaves(reached)))
    throw bad(`the link ${show(path)} leads out of the archive`)
  return target
}

/** `./a//b/` is `a/b`; a path that climbs is refused even where it comes back. */
function normalizePath(name: string): string {
  if (posix.isAbsolute(name) || name.includes('\0') || name.split('/').includes('..'))
    throw bad(`${show(name)} leads out of the archive`)
  if (name.length > maxPathLength) throw bad(`${show(name)} is too long`)
  return posix.normalize(name).replace(/^\.$|\/$/g, '')
}

function leaves(path: string): boolean {
  return path === '..' || path.startsWith('../')
}

function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

export function bad(diagnosis: string, cause?: unknown): FailureError {
  return new FailureError('bad-archive', { diagnosis, cause })
}

function show(name: string): string {
  return JSON.stringify(name.slice(0, 200))
}
