import { secretName, secretView } from '@stevedore/contract'
import { listSecrets } from '@stevedore/ledger'
import { z } from 'zod'
import { notFound } from '../../refusals.ts'
import { defineRoute } from '../../route.ts'
import { viewSecret } from '../../views/secret-view.ts'
import { findSecretPlace, secretPlace } from './place.ts'

export const getSecretRoute = defineRoute({
  method: 'GET',
  url: '/v1/secrets/:name',
  name: 'getSecret',
  summary: 'The fingerprint of the secret stored at this very place; its value is never shown.',
  access: { right: 'read', reach: 'scoped' },
  params: z.object({ name: secretName }),
  query: secretPlace,
  answers: { 200: secretView },
  async handle({ edge: { ledger }, params: { name }, query, token }) {
    const { app = null, environment = null } = await findSecretPlace(ledger, token, 'read', query)
    const stored = await listSecrets(ledger, {})
    const found = stored.find((one) => one.name === name && one.app === app && one.environment === environment)
    if (!found) throw notFound()
    return viewSecret(found)
  },
})
