import { z } from 'zod'
import { rights, roles } from '../roles.ts'
import { credentialHost } from '../values/credential-host.ts'
import { durationMs } from '../values/duration-ms.ts'
import { appName, environmentName, secretName } from '../values/names.ts'
import { at, defineOperation } from './operation.ts'
import { pageOf } from './query.ts'

export const secretView = z.object({
  name: z.string(),
  app: z.string().nullable(),
  environment: z.string().nullable(),
  fingerprint: z.string(),
  /** Where it may be sent as a credential; null: it was used as none yet. */
  hosts: z.array(z.string()).nullable(),
  /** Raised whenever another value is stored. */
  version: z.int(),
  updatedAt: at,
})
export type SecretView = z.output<typeof secretView>

/** Where a secret holds: everywhere, for an app, or for one environment of it. */
export const secretScope = z
  .strictObject({ app: appName.optional(), environment: environmentName.optional() })
  .refine((scope) => !scope.environment || scope.app, { error: 'needs app', path: ['environment'] })
export type SecretScope = z.output<typeof secretScope>

const params = z.object({ name: secretName })

export const putSecret = defineOperation({
  method: 'PUT',
  url: '/v1/secrets/:name',
  summary: 'Store a secret for all, an app or one environment. Its value is never shown again.',
  access: { right: 'administer', reach: 'scoped' },
  params,
  query: secretScope,
  body: z.strictObject({
    value: z.string().min(1).max(65_536),
    /** Where it may be sent as a credential from now on; default: as before, and of a new one where the apps that name it have it sent. */
    hosts: z.array(credentialHost).min(1).max(20).optional(),
  }),
  answers: { 200: secretView },
})

export const getSecret = defineOperation({
  method: 'GET',
  url: '/v1/secrets/:name',
  summary: 'The fingerprint of the secret stored for this very scope; its value is never shown.',
  access: { right: 'read', reach: 'scoped' },
  params,
  query: secretScope,
  answers: { 200: secretView },
})

export const removeSecret = defineOperation({
  method: 'DELETE',
  url: '/v1/secrets/:name',
  summary: 'Forget a stored secret. 409 while the spec of an app names it and none other would take its place.',
  access: { right: 'administer', reach: 'scoped' },
  params,
  query: secretScope,
  answers: { 204: undefined },
})

export const listSecrets = defineOperation({
  method: 'GET',
  url: '/v1/secrets',
  summary: 'Names and fingerprints of stored secrets; values are never shown.',
  access: { right: 'read', reach: 'scoped' },
  query: secretScope,
  answers: { 200: pageOf(secretView) },
})

export const tokenView = z.object({
  id: z.uuid(),
  name: z.string(),
  role: z.enum(roles),
  /** Whose it is: tokens of one person approve none of each other's deploys. */
  person: z.string(),
  app: z.string().nullable(),
  environment: z.string().nullable(),
  createdAt: at,
  expiresAt: at.nullable(),
  lastUsedAt: at.nullable(),
})
export type TokenView = z.output<typeof tokenView>

export const callerView = z.object({
  token: tokenView,
  rights: z.array(z.enum(rights)),
  /** It reaches everything, and not one app alone. */
  server: z.boolean(),
})
export type CallerView = z.output<typeof callerView>

export const getMe = defineOperation({
  method: 'GET',
  url: '/v1/me',
  summary: 'Whose token this is, and what it may do.',
  access: { right: 'read', reach: 'scoped' },
  answers: { 200: callerView },
})

const longestDays = 3_650

const holderName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$/, 'letters, digits, space and . _ @ -, at most 100')

const tokenRequest = z
  .strictObject({
    name: holderName,
    role: z.enum(roles),
    /** Whose it is; absent: of nobody else than its name says. */
    person: holderName.optional(),
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

export const createToken = defineOperation({
  method: 'POST',
  url: '/v1/tokens',
  summary: 'Make a token. It is shown this once and kept as a hash.',
  access: { right: 'administer', reach: 'server' },
  body: tokenRequest,
  answers: { 201: tokenView.extend({ token: z.string() }) },
})

export const listTokens = defineOperation({
  method: 'GET',
  url: '/v1/tokens',
  summary: 'The tokens that hold, without the tokens themselves.',
  access: { right: 'administer', reach: 'server' },
  answers: { 200: pageOf(tokenView) },
})

export const revokeToken = defineOperation({
  method: 'DELETE',
  url: '/v1/tokens/:id',
  summary:
    'Revoke a token at once; at another API when it hears of it, after some 5 s at most. Streams opened with it end within seconds.',
  access: { right: 'administer', reach: 'server' },
  params: z.object({ id: z.uuid() }),
  answers: { 204: undefined },
})
