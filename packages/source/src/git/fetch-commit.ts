import { FailureError } from '@stevedore/contract'
import { fetchSourceArguments, fetchWholeArguments, pointSourceArguments, readCommitArguments } from './arguments.ts'
import type { FoundRef } from './find-ref.ts'
import type { GitSession } from './session.ts'

/** What to fetch: the ref at the commit, or the one that holds it. */
export interface Wanted extends Pick<FoundRef, 'commit' | 'name' | 'held'> {
  holder?: string | undefined
}

/**
 * Fetches one commit with its files. By the name of its ref where there is one: a branch that has moved since it was listed gives what it
 * is at now, unless this very commit was asked for. By its hash else, and from all that its ref leads to where the server takes no hashes.
 * @returns the full hash
 * @throws FailureError `commit-not-in-ref`
 */
export async function fetchCommit(
  session: GitSession,
  repository: string,
  { commit, name, holder = name, held }: Wanted,
  fetch: (args: string[]) => Promise<unknown>,
): Promise<string> {
  if (name) {
    await fetch(fetchSourceArguments(repository, name))
    const now = (await session.runLocal(readCommitArguments(repository))).trim()
    if (!held || now === commit) return now
  }
  try {
    await fetch(fetchSourceArguments(repository, commit))
  } catch (error) {
    if (!holder || !(error instanceof FailureError) || error.code !== 'commit-not-in-ref') throw error
    await fetch(fetchWholeArguments(repository, holder))
  }
  await session.runLocal(pointSourceArguments(repository, commit))
  return commit
}
