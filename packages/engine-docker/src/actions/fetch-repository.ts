import { lstat, mkdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { FailureError } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import { checkOutGit, maxSourceFiles } from '@stevedore/source'
import type { GitContext } from '../spec/dockerfile/git-context.ts'

const longestFetchMs = 600_000

/**
 * Checks out what an ADD names, by the rules of every source, with its submodules as builders do. No credential is sent: who writes a
 * Dockerfile does not choose what one opens.
 * @returns the folder whose content is added
 * @throws FailureError of the source, `build-failed` for another commit than the one that was said
 */
export async function fetchRepository(
  { url, ref, folder, checksum }: GitContext,
  dir: string,
  { reach: { allowedHosts, maxBytes } }: ImageBuild,
  { signal, log }: WorkContext,
): Promise<string> {
  await mkdir(dir)
  const checkout = join(dir, 'checkout')
  const limits = { maxBytes, maxFiles: maxSourceFiles, timeoutMs: longestFetchMs }
  const rules = { allowedHosts, allowFile: false, limits }
  const { commit } = await checkOutGit({ url, ref, dir: checkout, submodules: true, ...rules, signal, log })
  if (checksum !== undefined && !commit.startsWith(checksum)) throw failed(`it is at the commit ${commit}`)
  return findFolder(checkout, folder)
}

/** A link could lead out of the repository. */
async function findFolder(checkout: string, folder: string): Promise<string> {
  const path = join(checkout, folder)
  const isThere = await lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  const root = await realpath(checkout)
  const isInside = isThere && `${await realpath(path)}${sep}`.startsWith(`${root}${sep}`)
  if (!isInside) throw failed(`it has no folder ${folder}`)
  return path
}

function failed(diagnosis: string): FailureError {
  return new FailureError('build-failed', { diagnosis })
}
