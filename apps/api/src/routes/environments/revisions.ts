import { revisionView } from '@stevedore/contract'
import { getRevision, listRevisions } from '@stevedore/ledger'
import { z } from 'zod'
import { pageOf, wholePage } from '../../page.ts'
import { digits } from '../../query.ts'
import { notFound } from '../../refusals.ts'
import { defineRoute } from '../../route.ts'
import { viewRevision } from '../../views/environment-view.ts'
import { environmentParams } from './params.ts'

export const listRevisionsRoute = defineRoute({
  method: 'GET',
  url: '/v1/apps/:app/environments/:environment/revisions',
  name: 'listRevisions',
  summary: 'The history of an environment, newest first.',
  access: { right: 'read', reach: 'environment' },
  params: environmentParams,
  query: z.strictObject({ limit: digits(1, 1_000).default(100) }),
  answers: { 200: pageOf(revisionView) },
  async handle({ edge, params, query }) {
    const revisions = await listRevisions(edge.ledger, { ...params, limit: query.limit })
    return wholePage(revisions.map(viewRevision))
  },
})

export const getRevisionRoute = defineRoute({
  method: 'GET',
  url: '/v1/apps/:app/environments/:environment/revisions/:number',
  name: 'getRevision',
  summary: 'One revision: its image and the settings that it runs with.',
  access: { right: 'read', reach: 'environment' },
  params: environmentParams.extend({ number: digits(1, 2_147_483_647) }),
  answers: { 200: revisionView },
  async handle({ edge, params }) {
    const revision = await getRevision(edge.ledger, params.app, params.environment, params.number)
    if (!revision) throw notFound()
    return viewRevision(revision)
  },
})
