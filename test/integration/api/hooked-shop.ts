import { createHmac } from 'node:crypto'
import { sampleSpec } from '@stevedore/testkit'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

export const secret = 'the-secret-of-this-hook'
export const commit = 'c'.repeat(40)

export const triggers = [
  { on: 'push', branch: 'main', do: ['build production', 'push', 'deploy staging'] },
  { on: 'tag', pattern: 'v*', do: ['build production', 'push'] },
  { on: 'pull_request', do: ['build testing', 'push', 'deploy staging'] },
] as const

export const repository = {
  clone_url: 'https://git.example.com/acme/shop.git',
  ssh_url: 'git@git.example.com:acme/shop.git',
  html_url: 'https://git.example.com/acme/shop',
}
export const push = { ref: 'refs/heads/main', after: commit, repository }
export const signHex = (body: string, key = secret) => createHmac('sha256', key).update(body).digest('hex')

/** An API whose app `shop` takes webhooks. */
export async function startHookedApi(): Promise<TestApi> {
  const api = await startTestApi()
  await declareHookedShop(api)
  return api
}

export async function declareHookedShop(api: TestApi): Promise<void> {
  await api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), triggers } })
  for (const provider of ['GITHUB', 'GITLAB', 'GITEA', 'BITBUCKET', 'GENERIC'])
    await api.call('PUT', `/v1/secrets/WEBHOOK_SECRET_${provider}?app=shop`, { body: { value: secret } })
}
