import { type FailureCode, FailureError } from '@stevedore/contract'
import { runWithinBytes } from '../limits.ts'
import {
  containsArguments,
  describeArguments,
  fetchAllHistoryArguments,
  fetchHistoryArguments,
  initArguments,
} from './arguments.ts'
import type { FoundRef } from './find-ref.ts'
import type { GitSession } from './session.ts'

/**
 * Fetches the commits that a version is named by, apart from the files: `git describe` needs tags and the way back to them, and a
 * commit asked for by its hash must be on a branch or tag, since forges also serve what only a fork holds.
 * @returns the history's repository
 * @throws FailureError `commit-not-in-ref`
 */
export async function fetchHistory(
  session: GitSession,
  found: FoundRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const repository = session.path('history')
  await session.runLocal(initArguments(repository, found.commit))
  const fetch = found.name
    ? fetchHistoryArguments(repository, found.name)
    : fetchAllHistoryArguments(repository, found.within)
  await runWithinBytes(repository, maxBytes, signal, (ends) => session.runRemote(fetch, ends))
  if (!found.name) await checkContained(session, repository, found.commit)
  return repository
}

async function checkContained(session: GitSession, repository: string, commit: string): Promise<void> {
  const holder = await session.runLocal(containsArguments(repository, commit)).catch(ignoreUnknown)
  if (!holder) throw new FailureError('commit-not-in-ref', { diagnosis: `no branch and no tag contains ${commit}` })
}

/** A commit that the history lacks is unknown to git, or one that it would fetch, which a local command may not. */
function ignoreUnknown(error: unknown): undefined {
  const codes: FailureCode[] = ['commit-not-in-ref', 'address-not-allowed']
  if (!(error instanceof FailureError) || !codes.includes(error.code)) throw error
}

/** `git describe --tags --always`; a checkout is never dirty. */
export async function describeCommit(session: GitSession, repository: string, commit: string): Promise<string> {
  return (await session.runLocal(describeArguments(repository, commit))).trim()
}
