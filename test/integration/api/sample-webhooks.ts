import { createHmac } from 'node:crypto'
import type { WebhookProvider } from '@stevedore/contract'
import { commit, push, repository, secret, signHex } from './hooked-shop.ts'

/** Whose webhooks an address takes. */
export function providerOf(url: string): WebhookProvider {
  return /^\/v1\/webhooks\/([a-z]+)\//.exec(url)?.[1] as WebhookProvider
}

const project = { git_http_url: repository.clone_url, git_ssh_url: repository.ssh_url }
const payloads: Partial<Record<WebhookProvider, object>> = {
  gitlab: { ref: push.ref, after: commit, checkout_sha: commit, project },
  bitbucket: {
    repository: { id: 1, links: { clone: [{ href: repository.clone_url }] } },
    changes: [{ ref: { id: 'refs/heads/main' }, toHash: commit }],
  },
  generic: { repository: repository.clone_url, ref: push.ref, commit },
}

/** A push to `main` of the shop's repository, as a forge tells it. */
export function samplePayload(provider: WebhookProvider): object {
  return payloads[provider] ?? { ...push, head_commit: { id: commit } }
}

interface Signing {
  key?: string
  at?: number
  id?: string
}

/** The headers by which a forge proves that a body is its own. */
export function signPayload(
  provider: WebhookProvider,
  body: string,
  { key = secret, at = Date.now(), id = 'one' }: Signing = {},
): Record<string, string> {
  const hex = signHex(body, key)
  const timestamp = String(Math.floor(at / 1_000))
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  const signed: Record<WebhookProvider, Record<string, string>> = {
    github: { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hex}` },
    gitlab: { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': key },
    gitea: { 'x-gitea-event': 'push', 'x-gitea-signature': hex },
    bitbucket: { 'x-event-key': 'repo:refs_changed', 'x-hub-signature': `sha256=${hex}` },
    generic: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` },
  }
  return signed[provider]
}
