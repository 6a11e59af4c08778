import { runWithinBytes, type SourceLimits, tooLarge } from '../limits.ts'
import { checkOutArguments, configArguments, fetchSourceArguments, initArguments } from './arguments.ts'
import { checkTree, type TreeTotal } from './check-tree.ts'
import { fetchLfs } from './fetch-lfs.ts'
import { findPointers } from './lfs.ts'
import { signInBySsh } from './lfs-sign-in.ts'
import { locateRemote, type RemoteRules } from './remote.ts'
import { type GitSession, openGitSession } from './session.ts'
import {
  findSubmoduleFolder,
  isSameServer,
  listSubmodules,
  nameSubmodule,
  refuseLocal,
  type Submodule,
} from './submodules.ts'

/** What a commit does not hold itself, and whether it is to be fetched as well. */
export interface Completion extends RemoteRules {
  url: string
  dir: string
  /** Fetches what Git LFS keeps elsewhere; else its pointers stay, and `warn` says so. */
  lfs?: boolean
  /** Fetches the repositories that it names as submodules, and theirs; else their folders are empty, and `warn` says so. */
  submodules?: boolean
  /** A token (or `user:token`) for https, a private key for ssh. */
  credential?: string | undefined
  /** False for code of a stranger, who must not choose what the credential opens: it goes to the source's own repository alone. */
  trusted?: boolean | undefined
  /** Certificates that https servers may be signed by, beside the system's. */
  caFile?: string | undefined
  /** Keeps the host keys of ssh servers from one checkout to the next: a changed one is refused. */
  knownHostsFile?: string | undefined
  limits: SourceLimits
  signal: AbortSignal
  log(line: string): void
  /** Takes what the build may miss. */
  warn?(line: string): void
}

/** A repository whose files are checked out. */
interface Held {
  session: GitSession
  repository: string
  url: string
  dir: string
  total: TreeTotal
  /** 0 for the source itself. */
  depth: number
}

/** What is left of the limits of the whole source. */
type Budget = Pick<SourceLimits, 'maxBytes' | 'maxFiles'>

const maxDepth = 10

/**
 * Fetches what the commit of a checkout only names. Each address is judged as the source's own was, and a credential goes to the source's
 * own server alone.
 * @throws FailureError of the source, with the name of the submodule
 */
export async function completeFiles(held: Omit<Held, 'url' | 'dir' | 'depth'>, completion: Completion): Promise<void> {
  const { url, dir, limits } = completion
  const budget = { maxBytes: limits.maxBytes, maxFiles: limits.maxFiles }
  spend(budget, held.total)
  await completeRepository({ ...held, url, dir, depth: 0 }, completion, budget)
}

async function completeRepository(held: Held, completion: Completion, budget: Budget): Promise<void> {
  await takeLfs(held, completion, budget)
  const { links } = held.total
  if (links.length === 0) return
  if (!completion.submodules) {
    const names = listNames(links.map(({ path }) => path))
    return tell(completion, `${links.length} submodules are left out (${names}): source.submodules: true fetches them`)
  }
  if (held.depth >= maxDepth) throw tooLarge(`submodules nest more than ${maxDepth} deep`)
  for (const submodule of await listSubmodules(held.session, held.repository, links, held.url))
    await fetchSubmodule(held, submodule, completion, budget).catch((error: unknown) => {
      throw nameSubmodule(error, submodule)
    })
}

async function fetchSubmodule(parent: Held, submodule: Submodule, completion: Completion, budget: Budget) {
  const { path, commit, url } = submodule
  completion.log(`fetching the submodule ${path} at ${commit}`)
  refuseLocal(parent.url, url)
  const remote = await locateRemote(url, completion)
  const credential = shareCredential(completion, url)
  const session = await openGitSession(remote, { ...completion, credential })
  try {
    const repository = session.path('source')
    await session.runLocal(initArguments(repository, commit))
    const fetch = fetchSourceArguments(repository, commit)
    await runWithinBytes(repository, budget.maxBytes, completion.signal, (ends) => session.runRemote(fetch, ends))
    const total = await checkTree(session, repository, budget)
    spend(budget, total)
    const dir = await findSubmoduleFolder(parent.dir, path)
    await session.runLocal(checkOutArguments(repository, dir))
    await completeRepository({ session, repository, url, dir, total, depth: parent.depth + 1 }, completion, budget)
  } finally {
    await session.close()
  }
}

async function takeLfs({ session, repository, url, dir, total, depth }: Held, completion: Completion, budget: Budget) {
  const pointers = await findPointers(session, repository, dir, total.attributes)
  if (pointers.length === 0) return
  if (!completion.lfs) {
    const names = listNames(pointers.map(({ path }) => path))
    return tell(
      completion,
      `${pointers.length} files are pointers of Git LFS (${names}): source.lfs: true fetches them`,
    )
  }
  spend(budget, { bytes: pointers.reduce((sum, { size }) => sum + size, 0), files: 0 })
  completion.log(`fetching ${pointers.length} files of Git LFS`)
  const configuredUrl = completion.trusted === false ? undefined : await readLfsAddress(session, repository)
  const signedIn = configuredUrl ? undefined : await signInBySsh(session, completion.log)
  const credential = depth === 0 ? completion.credential : shareCredential(completion, url)
  const where = { url, configuredUrl, signedIn, credential, answerFile: session.path('lfs-answer') }
  await fetchLfs({ ...completion, ...where }, pointers)
}

async function readLfsAddress(session: GitSession, repository: string): Promise<string | undefined> {
  const read = configArguments(repository, '.lfsconfig', String.raw`^lfs\.url$`)
  // It ends so where there is no such file, and where it has no such key.
  const configured = await session.runLocal(read).catch(() => '')
  return /^lfs\.url\n([^\0]*)\0/.exec(configured)?.[1]
}

/** A submodule's server gets the credential only where it is the source's own, and the code that names it is trusted. */
function shareCredential({ url, credential, trusted }: Completion, submodule: string): string | undefined {
  return trusted !== false && isSameServer(url, submodule) ? credential : undefined
}

function spend(budget: Budget, { bytes, files }: Pick<TreeTotal, 'bytes' | 'files'>): void {
  budget.maxBytes -= bytes
  budget.maxFiles -= files
  if (budget.maxBytes < 0) throw tooLarge('files of more bytes than the limit, with submodules and Git LFS')
  if (budget.maxFiles < 0) throw tooLarge('more files than the limit, with submodules')
}

function tell({ log, warn }: Completion, line: string): void {
  log(`warning: ${line}`)
  warn?.(line)
}

const shownNames = 5

function listNames(names: readonly string[]): string {
  return [...names.slice(0, shownNames), ...(names.length > shownNames ? ['…'] : [])].join(', ')
}
