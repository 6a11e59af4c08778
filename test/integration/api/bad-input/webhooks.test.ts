import { createHmac } from 'node:crypto'
import { operations, type WebhookProvider } from '@stevedore/contract'
import { readContents } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApi } from '../../../harness/test-api.ts'
import { listRoutes } from '../every-route.ts'
import { expectAllRefused, type Sent } from '../expect-refused.ts'
import { commit, repository, secret, signHex, startHookedApi } from '../hooked-shop.ts'
import { providerOf, samplePayload, signPayload } from '../sample-webhooks.ts'

/* What comes to the addresses of webhooks, whose senders have no token: by each forge's own way of signing. */
let api: TestApi
beforeAll(async () => {
  api = await startHookedApi()
  // Signed like the shop's, in case that a wrong app were taken for a right one.
  await api.call('PUT', '/v1/apps/other', {
    body: { app: 'other', source: { git: 'https://git.example.com/acme/other' } },
  })
  for (const provider of webhookProviders) {
    const name = `WEBHOOK_SECRET_${provider.toUpperCase()}`
    await api.call('PUT', `/v1/secrets/${name}?app=other`, { body: { value: 'the-secret-of-another-hook' } })
  }
})
afterAll(() => api.close())

const webhookProviders = listRoutes(({ access }) => access === 'signature').map(([, { url }]) => providerOf(url))

type Headers = Record<string, string>

const textOf = (provider: WebhookProvider) => JSON.stringify(samplePayload(provider))
/** The header that carries the proof, of each forge. */
const proofs: Record<WebhookProvider, string> = {
  github: 'x-hub-signature-256',
  gitlab: 'x-gitlab-token',
  gitea: 'x-gitea-signature',
  bitbucket: 'x-hub-signature',
  generic: 'webhook-signature',
}

interface Spoilt {
  headers?: Headers
  /** What is sent, where it is not what was signed. */
  body?: string
  app?: string
}

function deliver(provider: WebhookProvider, { headers, body, app = 'shop' }: Spoilt): Sent {
  const text = textOf(provider)
  const path = `/v1/webhooks/${provider}/${app}`
  const request = { token: null, body: body ?? text, headers: { ...signPayload(provider, text), ...headers } }
  return ['POST', path, request, 401, 'webhook-signature-invalid']
}

const without = (provider: WebhookProvider): Headers => ({ [proofs[provider]]: '' })
const proof = (provider: WebhookProvider, value: string): Headers => ({ [proofs[provider]]: value })
/** As the forge would write it, of any bytes. */
const written = (provider: WebhookProvider, hex: string) =>
  ['github', 'bitbucket'].includes(provider) ? `sha256=${hex}` : hex

type Spoil = (provider: WebhookProvider) => Spoilt

const spoilt: [row: number, what: string, spoil: Spoil, only?: readonly WebhookProvider[]][] = [
  [75, 'no signature', (provider) => ({ headers: without(provider) })],
  [
    75,
    'a signature by another key',
    (provider) => ({ headers: signPayload(provider, textOf(provider), { key: 'other' }) }),
  ],
  [
    75,
    'the signature of another hook',
    (provider) => ({ headers: signPayload(provider, textOf(provider), { key: 'the-secret-of-another-hook' }) }),
  ],
  [
    75,
    'a signature that is no text of its kind',
    (provider) => ({ headers: proof(provider, written(provider, 'z'.repeat(64))) }),
  ],
  [
    75,
    'a short signature',
    (provider) => ({ headers: proof(provider, written(provider, signHex(textOf(provider)).slice(0, 8))) }),
  ],
  [75, 'an empty signature', (provider) => ({ headers: proof(provider, written(provider, '')) })],
  [75, 'one of 8 KB', (provider) => ({ headers: proof(provider, 'a'.repeat(8_000)) })],
  [
    75,
    'SHA-1 alone',
    (provider) => {
      const sha1 = createHmac('sha1', secret).update(textOf(provider)).digest('hex')
      return { headers: { ...without(provider), 'x-hub-signature': `sha1=${sha1}` } }
    },
  ],
  [77, 'an app that there is none of', () => ({ app: 'nothing' })],
  [77, 'a name that no app can have', () => ({ app: 'No_Name' })],
  [77, 'an app that has no secret', () => ({ app: 'plain' })],
  [
    78,
    'a body written anew after it was signed',
    (provider) => ({ body: JSON.stringify(samplePayload(provider), null, 2) }),
    ['github', 'gitea', 'bitbucket', 'generic'],
  ],
  [
    78,
    'a form of what was signed as JSON',
    (provider) => ({
      body: `payload=${encodeURIComponent(textOf(provider))}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
    ['github', 'gitea', 'bitbucket', 'generic'],
  ],
  [
    82,
    'signed six minutes ago',
    (provider) => ({ headers: signPayload(provider, textOf(provider), { at: Date.now() - 360_000 }) }),
    ['generic'],
  ],
  [
    82,
    'signed in six minutes',
    (provider) => ({ headers: signPayload(provider, textOf(provider), { at: Date.now() + 360_000 }) }),
    ['generic'],
  ],
  [
    82,
    'signed long ago, for GitLab by its other way',
    (provider) => {
      const old = signPayload('generic', textOf(provider), { at: Date.now() - 360_000 })
      return { headers: { ...without(provider), ...old } }
    },
    ['gitlab'],
  ],
  [83, 'two providers at once', (provider) => ({ headers: signPayload(next(provider), textOf(provider)) })],
]

/** Another, with marks of its own. */
function next(provider: WebhookProvider): WebhookProvider {
  return ({ github: 'gitlab', gitlab: 'github', gitea: 'gitlab', bitbucket: 'gitea', generic: 'github' } as const)[
    provider
  ]
}

test.each(spoilt)('row %i: %s', async (_row, _what, spoil, only = webhookProviders) => {
  const same = { 'x-request-id': 'same' }
  const sent = only.map((provider) => {
    const { headers, ...rest } = spoil(provider)
    return deliver(provider, { ...rest, headers: { ...headers, ...same } })
  })
  const [unknown, ...answers] = await expectAllRefused(api, [
    deliver('github', { app: 'nothing', headers: same }),
    ...sent,
  ])
  // Whoever cannot sign learns nothing of which apps there are.
  for (const { text } of answers) expect(text).toBe(unknown?.text)
})

/** With one secret for both, what Standard Webhooks sign is signed for GitLab, whose way this is too. */
const signsAlike = (from: WebhookProvider, to: WebhookProvider) =>
  from === to || (from === 'generic' && to === 'gitlab')

test.each(webhookProviders)('row 83: what is signed for %s, at the addresses of others', async (from) => {
  const text = textOf(from)
  const request = { token: null, body: text, headers: signPayload(from, text) }
  const others = webhookProviders.filter((to) => !signsAlike(from, to))
  await expectAllRefused(
    api,
    others.map((to): Sent => ['POST', `/v1/webhooks/${to}/shop`, request, 401, 'webhook-signature-invalid']),
  )
})

test('row 88: a body over the limit is refused before its signature is looked at', async () => {
  const sent = webhookProviders.map((provider): Sent => {
    const { limitBytes } = operations[`${provider}Webhook`].bodyAs
    const request = { token: null, body: new Uint8Array(limitBytes + 1) }
    return ['POST', `/v1/webhooks/${provider}/shop`, request, 413, 'payload-too-large']
  })
  await expectAllRefused(api, sent)
})

test.each(['', 'short', 'a'.repeat(24), 'ab'.repeat(12), ' '.repeat(24), 'whsec_', `whsec_${'A'.repeat(32)}`])(
  'row 76: “%s” as the secret of a hook',
  async (value) => {
    const names = ['WEBHOOK_SECRET', ...webhookProviders.map((provider) => `WEBHOOK_SECRET_${provider.toUpperCase()}`)]
    const sent = names.map((name): Sent => {
      return ['PUT', `/v1/secrets/${name}?app=shop`, { body: { value } }, 422, 'validation-failed']
    })
    await expectAllRefused(api, sent)
  },
)

describe('what is signed and starts nothing', () => {
  const elsewhere = (name: string) => ({
    clone_url: `https://git.example.com/${name}.git`,
    ssh_url: `git@git.example.com:${name}.git`,
    html_url: `https://git.example.com/${name}`,
  })
  const gone = '0'.repeat(40)
  const push = { ref: 'refs/heads/main', after: commit, repository }

  test.each<[number, string, object, string?]>([
    [85, 'a longer name', { ...push, repository: elsewhere('acme/shop-evil') }],
    [85, 'a name with the bound one within', { ...push, repository: elsewhere('evil/acme/shop') }],
    [
      85,
      'the bound address as another member',
      { ...push, repository: { ...elsewhere('evil/x'), name: repository.clone_url } },
    ],
    [85, 'another host', { ...push, repository: { clone_url: 'https://evil.example/acme/shop.git' } }],
    [85, 'no repository', { ref: push.ref, after: commit }],
    [87, 'a branch that went', { ...push, after: gone }],
    [87, 'a tag without a trigger', { ...push, ref: 'refs/tags/other' }],
    [87, 'a ping', { zen: 'x' }, 'ping'],
    [87, 'an event that is unknown', { action: 'started' }, 'star'],
    [87, 'a payload of another shape', { ref: 5, after: {}, repository: [] }],
    [87, 'a payload that is a list', [push]],
    [44, 'a branch with a shell in its name', { ...push, ref: 'refs/heads/main;id' }],
    [45, 'a branch that is an option', { ...push, ref: 'refs/heads/--upload-pack=x' }],
    [47, 'a commit that is none', { ...push, after: 'main' }],
  ])('row %i: %s', async (_row, _what, payload, event = 'push') => {
    for (const provider of ['github', 'gitea'] as const) {
      const { audit: _a, deliveries: _d, ...before } = await readContents(api.databaseUrl)
      const body = JSON.stringify(payload)
      const headers = { ...signPayload(provider, body), [`x-${provider}-event`]: event }
      const answer = await api.call('POST', `/v1/webhooks/${provider}/shop`, { token: null, body, headers })
      const ignored = { status: 'ignored', jobs: [], reasons: [expect.any(String)] }
      expect(answer).toMatchObject({ status: 200, body: ignored })
      const { audit: _b, deliveries: _e, ...after } = await readContents(api.databaseUrl)
      expect(after).toEqual(before)
    }
  })
})
