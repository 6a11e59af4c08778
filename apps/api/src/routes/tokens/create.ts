import { durationMs, operations } from '@stevedore/contract'
import { createToken } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewToken } from '../../views/token-view.ts'

export const createTokenRoute = defineRoute(operations.createToken, {
  async handle({ context, body: { expiresIn, app, environment, person, ...rest }, by, reply }) {
    const { token, record } = await createToken(context.ledger, {
      ...rest,
      ...(person ? { person } : {}),
      ...(app ? { app } : {}),
      ...(environment ? { environment } : {}),
      ...(expiresIn ? { expiresInMs: durationMs(expiresIn) } : {}),
      by,
    })
    return reply.code(201).send({ ...viewToken(record), token })
  },
})
