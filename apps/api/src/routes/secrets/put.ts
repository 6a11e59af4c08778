import { refuseArgument } from '@stevedore/admission'
import { type Fault, operations, refuseFaults, webhookSecretName } from '@stevedore/contract'
import { putSecret } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewSecret } from '../../views/secret-view.ts'
import { readStandardKey } from '../../webhooks/signature.ts'
import { findSecretScope } from './scope.ts'

export const putSecretRoute = defineRoute(operations.putSecret, {
  async handle({ context, params: { name }, query, body: { value }, token, by }) {
    if (name === webhookSecretName) refuseWeak(value)
    const scope = await findSecretScope(context.ledger, token, 'administer', query)
    await refuseArgument(context.ledger, value, scope)
    return viewSecret(await putSecret(context.ledger, { name, ...scope, value, by }))
  },
})

/** Whoever guesses it can start builds and deploys. */
function refuseWeak(value: string): void {
  const path: Fault['path'] = ['value']
  const key = readStandardKey(value)
  if (key === undefined)
    throw refuseFaults([{ path, code: 'too-weak', message: 'needs base64 of at least 16 bytes after whsec_' }])
  if (value.length < 16 || new Set(value).size < 8 || new Set(key).size < 8)
    throw refuseFaults([{ path, code: 'too-weak', message: 'needs at least 16 characters, 8 of them different' }])
}
