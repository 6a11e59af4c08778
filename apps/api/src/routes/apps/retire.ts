import { operations } from '@stevedore/contract'
import { retireApp } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'

export const retireAppRoute = defineRoute(operations.retireApp, {
  async handle({ context, subject, by, request, reply }) {
    const ifMatch = request.headers['if-match']
    await retireApp(context.ledger, { app: subject.app, ...(ifMatch === undefined ? {} : { ifMatch }), by })
    return reply.code(204).send()
  },
})
