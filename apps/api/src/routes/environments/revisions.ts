import { notFound, operations } from '@stevedore/contract'
import { getRevision, listRevisions } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { defineRoute } from '../../route.ts'
import { viewRevision } from '../../views/environment-view.ts'

export const listRevisionsRoute = defineRoute(operations.listRevisions, {
  async handle({ context, params, query }) {
    const revisions = await listRevisions(context.ledger, { ...params, limit: query.limit })
    return wholePage(revisions.map(viewRevision))
  },
})

export const getRevisionRoute = defineRoute(operations.getRevision, {
  async handle({ context, params }) {
    const revision = await getRevision(context.ledger, params.app, params.environment, params.number)
    if (!revision) throw notFound()
    return viewRevision(revision)
  },
})
