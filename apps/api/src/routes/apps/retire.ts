import { appName } from '@stevedore/contract'
import { retireApp } from '@stevedore/ledger'
import { z } from 'zod'
import { defineRoute } from '../../route.ts'

export const retireAppRoute = defineRoute({
  method: 'DELETE',
  url: '/v1/apps/:app',
  name: 'retireApp',
  summary:
    'Retire an app: it takes no more jobs; what was recorded of it stays. 409 while jobs of it are unfinished or an environment of it runs.',
  access: { right: 'administer', reach: 'app' },
  params: z.object({ app: appName }),
  headers: { 'If-Match': 'The ETag of the declaration to retire.' },
  answers: { 204: undefined },
  async handle({ edge, subject, by, request, reply }) {
    const ifMatch = request.headers['if-match']
    await retireApp(edge.ledger, { app: subject.app, ...(ifMatch === undefined ? {} : { ifMatch }), by })
    return reply.code(204).send()
  },
})
