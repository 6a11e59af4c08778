import type { ChangedFiles } from '@stevedore/contract'

/** As many as are looked at; GitHub lists at most 2048 commits, and cuts longer lists of files. */
const mostCommits = 500
const mostFiles = 1_000
const longestPath = 1_000
/** They are kept with the delivery, which has room for this. */
const mostLetters = 24_000

/** What a forge tells of a push, read by nobody yet. */
interface PushTold {
  /** Where the branch was. */
  before?: unknown
  /** The commit that it is at. */
  commit: string
  /** True where the branch went back or aside, as far as the forge tells. */
  forced?: unknown
  commits?: unknown
  /** How many there are, listed or not; undefined where the forge lists all that it has room for. */
  total?: unknown
  /** Of a file that was moved it tells the new name alone, as one that was added. */
  hidesMoves?: boolean
}

/**
 * The files that a push changed, by the lists of its commits. Whatever leaves a doubt whether these are all makes it unknown: what a filter
 * takes for unchanged is not built. A payload is anybody's who has the secret, so nothing of it is taken to have a type.
 */
export function readChangedFiles({ before, commit, forced, commits, total, hidesMoves }: PushTold): ChangedFiles {
  if (typeof before !== 'string' || /^0*$/.test(before)) return { unknown: 'the branch is new' }
  if (forced === true) return { unknown: 'the push was forced' }
  if (!Array.isArray(commits) || commits.length === 0) return { unknown: 'the forge lists no commits of it' }
  if (commits.length > mostCommits) return { unknown: `it has more than ${mostCommits} commits` }
  if (total !== undefined && total !== commits.length) return { unknown: 'the forge lists some of its commits alone' }
  if (!commits.some((one) => Object(one).id === commit))
    return { unknown: 'the commit that was pushed is not among those that the forge lists' }
  if (hidesMoves && commits.some((one) => Object(Object(one).added).length !== 0))
    return { unknown: 'of a new file the forge does not say whether it was moved, and from where' }
  return gatherPaths(commits.flatMap((one) => ['added', 'modified', 'removed'].map((key) => Object(one)[key])))
}

/** The same of a list of paths. */
export function readPaths(paths: unknown): ChangedFiles {
  return paths === undefined ? { unknown: 'the sender lists no changed files' } : gatherPaths([paths])
}

function gatherPaths(lists: readonly unknown[]): ChangedFiles {
  const paths = new Set<string>()
  let letters = 0
  for (const list of lists) {
    // Forges written in Go send an empty list so.
    if (list === null) continue
    if (!Array.isArray(list)) return { unknown: 'the forge lists no changed files' }
    if (list.length > mostFiles) return { unknown: tooMany }
    for (const path of list) {
      if (!isPath(path)) return { unknown: 'the name of a changed file cannot be read' }
      if (!paths.has(path)) letters += path.length
      paths.add(path)
      if (paths.size > mostFiles || letters > mostLetters) return { unknown: tooMany }
    }
  }
  return paths.size > 0 ? { paths: [...paths] } : { unknown: 'the forge names no changed file' }
}

const tooMany = `it changes more files than are looked at (${mostFiles}, or ${mostLetters} letters of their names)`

/** As git has them, from the root of the repository. */
function isPath(path: unknown): path is string {
  if (typeof path !== 'string' || path.length > longestPath || !path.isWellFormed() || /\p{Cc}/u.test(path))
    return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}
