import { readlink, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { type FailureCode, FailureError } from '@stevedore/contract'

/**
 * The real path of `path` below `dir`, links followed. Links of a checkout are kept as they are, even those that lead out of it:
 * inside an image they may well be right, and builders pack them without following. What is followed on this machine goes through
 * here and may not leave.
 * @param absentCode the failure when there is no such path
 * @throws FailureError `path-outside-source` when the path or a link on its way leads out of `dir`, whether or not anything is there
 */
export async function findInside(dir: string, path: string, absentCode: FailureCode = 'path-missing'): Promise<string> {
  const root = await realpath(dir)
  const found = await realpath(join(root, path)).catch(ignoreAbsent)
  if (!isBelow(root, found ?? (await followToEnd(join(root, path)))))
    throw new FailureError('path-outside-source', { diagnosis: `${path} leads out of the source` })
  if (found === undefined) throw new FailureError(absentCode, { diagnosis: `the source has no ${path}` })
  return found
}

/** The failure of a path of the source that is there and cannot be read. */
export function toUnreadable(path: string, error: unknown): FailureError {
  const { code = String(error) } = error as NodeJS.ErrnoException
  return new FailureError('path-unreadable', { diagnosis: `${path}: ${code}`, cause: error })
}

/** As many links as Linux follows before it calls them a loop. */
const maxLinks = 40

/** Where the way to an absent path breaks off. A broken link says what of this machine it was meant for. */
async function followToEnd(path: string, links = maxLinks): Promise<string> {
  const folder = await realpath(dirname(path)).catch(ignoreAbsent)
  if (folder === undefined) return followToEnd(dirname(path), links)
  const end = join(folder, basename(path))
  const target = await readlink(end).catch(ignoreAbsent)
  return target === undefined || links === 0 ? end : followToEnd(resolve(folder, target), links - 1)
}

/** Whether an absolute path is `root` or lies below it. */
function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** EINVAL is what `readlink` says of anything but a link; what is behind a closed folder is as good as not there. */
const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL', 'EACCES', 'EPERM'])

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (!absent.has(error.code ?? '')) throw error
}
