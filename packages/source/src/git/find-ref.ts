import { FailureError } from '@stevedore/contract'
import { listArguments, listHeadArguments, nameCandidates } from './arguments.ts'
import { listNear } from './near-names.ts'
import type { GitSession } from './session.ts'

/** What a repository has under the name that was asked for. */
export interface FoundRef {
  /** The full hash; of a commit that was asked for, as much of it as was given. */
  commit: string
  /** The full name of the ref; undefined for a commit that no branch or tag points at. */
  name: string | undefined
  /** The full name of the ref that a commit without one was once the tip of. */
  within?: string | undefined
  /** The commit was asked for: no other is taken in its place. */
  held: boolean
}

interface ListedRef {
  name: string
  commit: string
  /** What it points at: of a tag with a message the tag's own hash. */
  own: string
}

const fullCommit = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * Finds a branch or a tag, by its name or its full name (`refs/heads/…`, `refs/tags/…`), takes a full commit as it is, and the head of a
 * pull request by its full name. Nothing that is named stands for what HEAD points at.
 * @param commit what the ref was at when it was asked for: it is taken wherever the ref is now
 * @throws FailureError `ref-not-found`, and `ref-ambiguous` for the name of a branch and of a tag
 */
export async function findRef(session: GitSession, ref: string | undefined, commit?: string): Promise<FoundRef> {
  if (ref === undefined) return findHead(session)
  const byHash = fullCommit.test(ref)
  const refs = parseRefs(await session.runRemote(listArguments(byHash ? undefined : ref)))
  if (byHash) return hold(refs, ref)
  const named = refs.filter(({ name }) => nameCandidates(ref).includes(name))
  if (commit !== undefined) return hold(named, commit, named[0]?.name)
  const [found, other] = named
  if (found && other)
    throw new FailureError('ref-ambiguous', { diagnosis: `${ref} is ${named.map(({ name }) => name).join(' and ')}` })
  if (found) return { commit: found.commit, name: found.name, held: false }
  throw await notFound(session, ref)
}

/** What a repository shows to who names nothing of it. */
async function findHead(session: GitSession): Promise<FoundRef> {
  const head = parseRefs(await session.runRemote(listHeadArguments())).find(({ name }) => name === 'HEAD')
  if (head) return { commit: head.commit, name: head.name, held: false }
  throw new FailureError('ref-not-found', { diagnosis: 'the repository has no HEAD: name a branch, a tag or a commit' })
}

async function notFound(session: GitSession, ref: string): Promise<FailureError> {
  const there = parseRefs(await session.runRemote(listArguments(undefined)))
  const names = new Set(there.map(({ name }) => name.replace(/^refs\/(heads|tags)\//, '')))
  const hint = /^[0-9a-f]{4,39}$/.test(ref) ? '; a commit is named by all of its hash' : ''
  const diagnosis = `no branch and no tag is named ${ref}${hint}: ${listNear([...names], ref)}`
  return new FailureError('ref-not-found', { diagnosis })
}

function hold(refs: readonly ListedRef[], commit: string, within?: string): FoundRef {
  const at = refs.find((listed) => listed.commit.startsWith(commit) || listed.own === commit)
  return at ? { commit: at.commit, name: at.name, held: true } : { commit, name: undefined, within, held: true }
}

/** Of a tag with a message the commit is on the line that ends in `^{}`, which follows the tag's own. */
function parseRefs(output: string): ListedRef[] {
  const refs = new Map<string, ListedRef>()
  for (const line of output.split('\n').filter(Boolean)) {
    const [hash = '', name = ''] = line.split('\t')
    const bare = name.replace(/\^\{\}$/, '')
    refs.set(bare, { name: bare, commit: hash, own: refs.get(bare)?.own ?? hash })
  }
  return [...refs.values()]
}
