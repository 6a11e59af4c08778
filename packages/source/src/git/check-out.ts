import { mkdir, rm } from 'node:fs/promises'
import { openDeadline, runWithinBytes } from '../limits.ts'
import { restoreModes } from '../modes.ts'
import { checkOutArguments, initArguments } from './arguments.ts'
import { checkTree } from './check-tree.ts'
import { type Completion, completeFiles } from './complete.ts'
import { fetchCommit, type Wanted } from './fetch-commit.ts'
import { findDescendants } from './find-descendants.ts'
import { type FoundRef, findRef } from './find-ref.ts'
import { describeCommit, fetchHistory, proveContained } from './history.ts'
import { locateRemote } from './remote.ts'
import { type GitSession, openGitSession } from './session.ts'

export interface GitCheckout extends Completion {
  /** `https://…`, `ssh://…`, `git@host:path` or `file:///…`, without credentials. */
  url: string
  /** A branch or a tag, by its name or its full name, or a full commit; undefined for what the repository's HEAD points at. */
  ref: string | undefined
  /** The commit that this ref was at, or the beginning of its hash: it is taken, wherever the ref has moved since. */
  commit?: string | undefined
  /** Full commits that may have come after it. */
  later?: readonly string[] | undefined
  /** Filled with the files, and with nothing of git's own; what is there is removed. */
  dir: string
}

export interface CheckedOut {
  /** The full hash. */
  commit: string
  /** `git describe --tags --always` of it: exact for tags within 1000 generations, else the short hash. */
  describe: string
  /** Of the later commits, where some are given, those that came after it indeed: it is in their history, and no longer where its ref is. */
  behind?: string[]
}

/**
 * Checks out one ref of a repository that is not trusted. Links are kept as they are, even those that lead out of it: whoever follows
 * one sees to that. Hooks and filters are left alone; submodules and
 * files of Git LFS are fetched where `Completion` says so. On failure `dir` is empty and nothing else is left.
 * @throws FailureError of the source, or the signal's reason
 */
export async function checkOutGit(checkout: GitCheckout): Promise<CheckedOut> {
  const deadline = openDeadline(checkout.limits.timeoutMs, checkout.signal)
  try {
    await emptyFolder(checkout.dir)
    return await checkOutWithin({ ...checkout, signal: deadline.signal })
  } catch (error) {
    await emptyFolder(checkout.dir)
    throw error
  } finally {
    deadline.release()
  }
}

async function checkOutWithin(checkout: GitCheckout): Promise<CheckedOut> {
  const { url, ref, log } = checkout
  const remote = await locateRemote(url, checkout)
  const session = await openGitSession(remote, checkout)
  try {
    log(`looking for ${ref ?? 'HEAD'} in ${url}`)
    const found = await findRef(session, ref, checkout.commit)
    const { maxBytes } = checkout.limits
    const proof = found.name ? undefined : await proveContained(session, found, maxBytes, checkout.signal)
    const commit = await fetchFiles(session, { ...found, ...proof }, checkout)
    const behind = checkout.later && proof ? await findDescendants(session, proof, checkout.later) : []
    const describe = await nameVersion(session, { ...found, commit }, proof?.repository, checkout)
    log(`checked out ${commit} (${describe})`)
    return { commit, describe, ...(checkout.later && { behind }) }
  } finally {
    await session.close()
  }
}

/** Gives the commit that was fetched. */
async function fetchFiles(session: GitSession, wanted: Wanted, checkout: GitCheckout): Promise<string> {
  const { dir, limits, signal } = checkout
  const repository = session.path('source')
  await session.runLocal(initArguments(repository, wanted.commit))
  const fetch = (args: string[]) =>
    runWithinBytes(repository, limits.maxBytes, signal, (ends) => session.runRemote(args, ends))
  const commit = await fetchCommit(session, repository, wanted, fetch)
  const total = await checkTree(session, repository, limits)
  await session.runLocal(checkOutArguments(repository, dir))
  await completeFiles({ session, repository, total }, checkout)
  await restoreModes(dir)
  return commit
}

const historyTimeoutMs = 60_000

/** A history that cannot be had costs the version its name, not the build its source. */
async function nameVersion(
  session: GitSession,
  found: FoundRef,
  proof: string | undefined,
  checkout: GitCheckout,
): Promise<string> {
  const soon = AbortSignal.any([checkout.signal, AbortSignal.timeout(historyTimeoutMs)])
  try {
    const repository = proof ?? (await fetchHistory(session, found, checkout.limits.maxBytes, soon))
    return await describeCommit(session, repository, found.commit)
  } catch {
    checkout.signal.throwIfAborted()
    checkout.log('the history could not be fetched: the version is named by the commit alone')
    return describeCommit(session, session.path('source'), found.commit)
  }
}

async function emptyFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true, mode: 0o700 })
}
