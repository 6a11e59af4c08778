import { type Fault, secretName, secretView } from '@stevedore/contract'
import { putSecret } from '@stevedore/ledger'
import { z } from 'zod'
import { refuseFaults } from '../../parse-input.ts'
import { defineRoute } from '../../route.ts'
import { viewSecret } from '../../views/secret-view.ts'
import { webhookSecretName } from '../../webhooks/secret.ts'
import { findSecretPlace, secretPlace } from './place.ts'

export const putSecretRoute = defineRoute({
  method: 'PUT',
  url: '/v1/secrets/:name',
  name: 'putSecret',
  summary: 'Store a secret for all, an app or one environment. Its value is never shown again.',
  access: { right: 'administer', reach: 'scoped' },
  params: z.object({ name: secretName }),
  query: secretPlace,
  body: z.strictObject({ value: z.string().min(1).max(65_536) }),
  answers: { 200: secretView },
  async handle({ edge, params: { name }, query, body: { value }, token, by }) {
    if (name === webhookSecretName) refuseWeak(value)
    const place = await findSecretPlace(edge.ledger, token, 'administer', query)
    return viewSecret(await putSecret(edge.ledger, { name, ...place, value, by }))
  },
})

/** Whoever guesses it can start builds and deploys. */
function refuseWeak(value: string): void {
  const path: Fault['path'] = ['value']
  if (value.length < 16 || new Set(value).size < 8)
    throw refuseFaults([{ path, code: 'too-weak', message: 'needs at least 16 characters, 8 of them different' }])
}
