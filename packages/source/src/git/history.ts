import { type FailureCode, FailureError } from '@stevedore/contract'
import { runWithinBytes } from '../limits.ts'
import {
  containsArguments,
  describeArguments,
  fetchAllHistoryArguments,
  fetchHistoryArguments,
  initArguments,
  readCommitArguments,
  sourceRef,
} from './arguments.ts'
import type { FoundRef } from './find-ref.ts'
import type { GitSession } from './session.ts'

/**
 * Fetches the commits that a version is named by, apart from the files: `git describe` needs tags and the way back to them.
 * @returns the history's repository
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
  return repository
}

/** Of a commit that no ref points at: the history that shows where it belongs. */
export interface Proof {
  repository: string
  /** The full hash. */
  commit: string
  /** The full name of a ref that leads to it. */
  holder: string
}

/**
 * A commit that is asked for by its hash must be on a branch or tag, since forges also serve what only a fork holds.
 * @throws FailureError `commit-not-in-ref`
 */
export async function proveContained(
  session: GitSession,
  found: FoundRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Proof> {
  const repository = await fetchHistory(session, found, maxBytes, signal)
  const told = await session.runLocal(containsArguments(repository, found.commit)).catch(ignoreUnknown)
  const name = told?.trim().split('\t')[1]
  if (!name) throw notContained(found)
  const commit = (await session.runLocal(readCommitArguments(repository, found.commit))).trim()
  return { repository, commit, holder: name === sourceRef ? (found.within ?? name) : name }
}

function notContained({ commit, within }: FoundRef): FailureError {
  const where = within ? `${within} has moved on without it, and ` : ''
  return new FailureError('commit-not-in-ref', { diagnosis: `${where}no branch and no tag contains ${commit}` })
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
