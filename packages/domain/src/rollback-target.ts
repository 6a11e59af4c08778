/** A revision as far as a choice among them needs it. */
export interface RevisionFacts {
  number: number
  image: string
  state: 'pending' | 'active' | 'retired' | 'failed'
  /** When it last began to serve: only a revision that did is known to be good. */
  activatedAt: Date | null
}

export type RollbackTarget<R extends RevisionFacts> =
  | { found: R }
  | { refused: 'no-previous-release' | 'not-found' | 'already-there'; reason: string }

/**
 * The revision that a rollback returns to: the one asked for, or the one that served before the current one. A revision numbered
 * above the current one was itself rolled back from, so it is no candidate.
 */
export function chooseRollbackTarget<R extends RevisionFacts>(
  revisions: readonly R[],
  current: number | null,
  toRevision?: number,
): RollbackTarget<R> {
  if (toRevision !== undefined) return chooseNumbered(revisions, current, toRevision)
  if (current === null) return { refused: 'no-previous-release', reason: 'nothing runs here' }
  const [found] = revisions
    .filter((revision) => revision.number < current && revision.activatedAt !== null)
    .sort((a, b) => servedAt(b) - servedAt(a))
  return found ? { found } : { refused: 'no-previous-release', reason: `nothing served before revision ${current}` }
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
