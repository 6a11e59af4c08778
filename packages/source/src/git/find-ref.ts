import { FailureError } from '@stevedore/contract'
import { isRequestRef, listArguments } from './arguments.ts'
import type { GitSession } from './session.ts'

/** What a repository has under the name that was asked for. */
export interface FoundRef {
  commit: string
  /** The full name of the ref; undefined for a commit that no branch or tag points at. */
  name: string | undefined
  /** The full name of the ref that a commit without one was once the tip of. */
  within?: string | undefined
}

const fullCommit = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * Finds a branch, else a tag, takes a full commit as it is, and the head of a pull request by its full name.
 * @throws FailureError `ref-not-found` when the repository has no such branch or tag
 */
export async function findRef(session: GitSession, ref: string): Promise<FoundRef> {
  const byHash = fullCommit.test(ref)
  const refs = parseRefs(await session.runRemote(listArguments(byHash ? undefined : ref)))
  if (byHash) return { commit: ref, name: [...refs].find(([, commit]) => commit === ref)?.[0] }
  for (const name of isRequestRef(ref) ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`]) {
    const commit = refs.get(name)
    if (commit) return { commit, name }
  }
  throw new FailureError('ref-not-found', { diagnosis: `no branch and no tag is named ${ref}` })
}

/** The commit that was found under the same ref before, though the ref may have moved on since. */
export function holdTo(found: FoundRef, commit: string | undefined): FoundRef {
  return commit === undefined || commit === found.commit ? found : { commit, name: undefined, within: found.name }
}

/** Name to commit; of an annotated tag the commit is on the line that ends in `^{}`, which follows the tag's own. */
function parseRefs(output: string): Map<string, string> {
  const lines = output.split('\n').filter(Boolean)
  return new Map(
    lines.map((line) => [line.slice(line.indexOf('\t') + 1).replace(/\^\{\}$/, ''), line.slice(0, line.indexOf('\t'))]),
  )
}
