import { notFound, operations } from '@stevedore/contract'
import { compareRevisions } from '@stevedore/domain'
import { getRevision, type Ledger, listRevisions, type Revision } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { defineRoute } from '../../route.ts'
import { viewListed, viewRevision } from '../../views/environment-view.ts'

export const listRevisionsRoute = defineRoute(operations.listRevisions, {
  async handle({ context, params, query }) {
    const revisions = await listRevisions(context.ledger, { ...params, limit: query.limit })
    return wholePage(revisions.map(viewListed))
  },
})

export const getRevisionRoute = defineRoute(operations.getRevision, {
  handle: async ({ context, params }) => viewRevision(await findRevision(context.ledger, params, params.number)),
})

export const compareRevisionsRoute = defineRoute(operations.compareRevisions, {
  async handle({ context: { ledger }, params, query: { from, to } }) {
    const [before, after] = await Promise.all([from, to].map((number) => findRevision(ledger, params, number)))
    if (!before || !after) throw notFound()
    return { from, to, changes: compareRevisions(before, after) }
  },
})

/** Throws ProblemError `not-found`. */
async function findRevision(
  ledger: Ledger,
  { app, environment }: { app: string; environment: string },
  number: number,
): Promise<Revision> {
  const revision = await getRevision(ledger, app, environment, number)
  if (!revision) throw notFound()
  return revision
}
