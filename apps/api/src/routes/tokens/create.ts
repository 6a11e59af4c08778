import { appName, durationMs, environmentName, roles, tokenView } from '@stevedore/contract'
import { createToken } from '@stevedore/ledger'
import { z } from 'zod'
import { defineRoute } from '../../route.ts'
import { viewToken } from '../../views/token-view.ts'

const longestDays = 3_650

const tokenRequest = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$/, 'letters, digits, space and . _ @ -, at most 100'),
    role: z.enum(roles),
    app: appName.optional(),
    environment: environmentName.optional(),
    /** A duration such as `90d`; without it the token holds until it is revoked. */
    expiresIn: z
      .string()
      .regex(/^[1-9]\d{0,5}(s|m|h|d)$/, 'a number and a unit: 30m, 12h, 90d')
      .refine((text) => !/^\d+[smhd]$/.test(text) || durationMs(text) <= durationMs(`${longestDays}d`), {
        error: `at most ${longestDays}d`,
      })
      .optional(),
  })
  .refine((value) => !value.environment || value.app, { error: 'needs app', path: ['environment'] })

export const createTokenRoute = defineRoute({
  method: 'POST',
  url: '/v1/tokens',
  name: 'createToken',
  summary: 'Make a token. It is shown this once and kept as a hash.',
  access: { right: 'administer', reach: 'server' },
  body: tokenRequest,
  answers: { 201: tokenView.extend({ token: z.string() }) },
  async handle({ edge, body: { expiresIn, app, environment, ...rest }, by, reply }) {
    const { token, record } = await createToken(edge.ledger, {
      ...rest,
      ...(app ? { app } : {}),
      ...(environment ? { environment } : {}),
      ...(expiresIn ? { expiresInMs: durationMs(expiresIn) } : {}),
      by,
    })
    return reply.code(201).send({ ...viewToken(record), token })
  },
})
