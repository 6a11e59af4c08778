/** A revision as far as a choice among them needs it. */
export interface RevisionFacts {
  number: number
  image: string
  state: 'pending' | 'active' | 'retired' | 'failed'
  /** When it last began to serve: only a revision that did is known to be good. */
  activatedAt: Date | null
  /** `restart of N` of one that is the same again as another. */
  cause?: string | undefined
}

export type RollbackTarget<R extends RevisionFacts> =
  | { found: R }
  | { refused: 'no-previous-release' | 'not-found' | 'already-there'; reason: string }

/**
 * The revision that a rollback returns to: the one asked for, or the one that served before the current one. A revision numbered
 * above the current one was itself rolled back from, so it is no candidate, nor is what the current one only restarted.
 */
export function chooseRollbackTarget<R extends RevisionFacts>(
  revisions: readonly R[],
  current: number | null,
  toRevision?: number,
): RollbackTarget<R> {
  if (toRevision !== undefined) return chooseNumbered(revisions, current, toRevision)
  if (current === null) return { refused: 'no-previous-release', reason: 'nothing runs here' }
  const release = findRelease(revisions, current)
  const [found] = revisions
    .filter((revision) => revision.number < current && revision.activatedAt !== null)
    .filter(({ number }) => findRelease(revisions, number) !== release)
    .sort((a, b) => servedAt(b) - servedAt(a))
  return found ? { found } : { refused: 'no-previous-release', reason: `nothing served before revision ${current}` }
}

/** The number under which what it runs was deployed. */
function findRelease(revisions: readonly RevisionFacts[], number: number): number {
  const cause = revisions.find((one) => one.number === number)?.cause
  const [, before] = /^restart of (\d+)$/.exec(cause ?? '') ?? []
  return before === undefined ? number : findRelease(revisions, Number(before))
}

function servedAt(revision: RevisionFacts): number {
  return revision.activatedAt?.getTime() ?? 0
}

function chooseNumbered<R extends RevisionFacts>(
  revisions: readonly R[],
  current: number | null,
  number: number,
): RollbackTarget<R> {
  const found = revisions.find((revision) => revision.number === number)
  if (!found) return { refused: 'not-found', reason: `there is no revision ${number}` }
  if (number === current) return { refused: 'already-there', reason: `revision ${number} is what runs` }
  if (found.activatedAt === null) return { refused: 'no-previous-release', reason: `revision ${number} never served` }
  return { found }
}
