import { realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { FailureError } from '@stevedore/contract'

/**
 * The real path of `path` below `dir`, links followed. Links of a checkout are kept as they are, even those that lead out of it:
 * inside an image they may well be right, and builders pack them without following. What is followed on this machine goes through
 * here and may not leave.
 * @throws FailureError `dockerfile-missing` when there is no such path or a link leads out of `dir`
 */
export async function findInside(dir: string, path: string): Promise<string> {
  const root = await realpath(dir)
  const found = await realpath(join(root, path)).catch(() => undefined)
  if (found === undefined) throw new FailureError('dockerfile-missing', { diagnosis: `the source has no ${path}` })
  if (!isBelow(root, found))
    throw new FailureError('dockerfile-missing', { diagnosis: `${path} leads out of the source` })
  return found
}

/** Whether an absolute path is `root` or lies below it. */
export function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
