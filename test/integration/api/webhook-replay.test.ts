import { createHmac, randomUUID } from 'node:crypto'
import { getJob } from '@stevedore/ledger'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'
import { commit, push, repository, secret, signHex, startHookedApi } from './hooked-shop.ts'

let api: TestApi
beforeAll(async () => {
  api = await startHookedApi()
})
afterAll(() => api.close())

function send(provider: string, payload: unknown, headers: Record<string, string>) {
  return api.call('POST', `/v1/webhooks/${provider}/shop`, { token: null, body: JSON.stringify(payload), headers })
}

interface Said {
  payload: unknown
  id?: string
  key?: string
}

/** How each forge that signs the body alone says it, under an id that anybody could choose. */
const speak = {
  github: ({ payload, id = randomUUID(), key }: Said) =>
    send('github', payload, {
      'x-github-event': 'push',
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${signHex(JSON.stringify(payload), key)}`,
    }),
  gitea: ({ payload, id = randomUUID(), key }: Said) =>
    send('gitea', payload, {
      'x-gitea-event': 'push',
      'x-gitea-delivery': id,
      'x-gitea-signature': signHex(JSON.stringify(payload), key),
    }),
  bitbucket: ({ payload, id = randomUUID(), key }: Said) =>
    send('bitbucket', payload, {
      'x-event-key': 'repo:push',
      'x-request-uuid': id,
      'x-hub-signature': `sha256=${signHex(JSON.stringify(payload), key)}`,
    }),
}

const pushOf = (after: string, note: string) => ({ ...push, after, note })
const bitbucketPushOf = (hash: string, note: string) => ({
  note,
  repository: { uuid: '{1}', links: { html: { href: repository.html_url } } },
  push: { changes: [{ new: { type: 'branch', name: 'main', target: { hash } } }] },
})

const forges = [
  ['github', speak.github, pushOf],
  ['gitea', speak.gitea, pushOf],
  ['bitbucket', speak.bitbucket, bitbucketPushOf],
] as const

describe.each(forges)('what %s has said', (name, say, make) => {
  test('and is sent again under another id starts nothing, also a hundred times at once', async () => {
    const payload = make(commit, name)
    const id = randomUUID()
    const first = await say({ payload, id })
    expect(first.body).toMatchObject({ status: 'started' })
    const again = await say({ payload })
    expect(again.body).toEqual({
      status: 'duplicate',
      jobs: first.body.jobs,
      reasons: [`the same was delivered before, as ${id}`],
    })
    const other = make(commit, `${name} at once`)
    const answers = await Promise.all(Array.from({ length: 100 }, () => say({ payload: other })))
    expect(answers.filter(({ body }) => body.status === 'started')).toHaveLength(1)
    expect(new Set(answers.flatMap(({ body }) => body.jobs)).size).toBe(1)
  })

  test('is news again once its branch was pushed elsewhere', async () => {
    const [there, elsewhere] = [make('1'.repeat(40), name), make('2'.repeat(40), name)]
    const first = await say({ payload: there })
    await say({ payload: elsewhere })
    const back = await say({ payload: there })
    expect(back.body).toMatchObject({ status: 'started' })
    expect(back.body.jobs).not.toEqual(first.body.jobs)
    expect((await say({ payload: there })).body).toMatchObject({ status: 'duplicate', jobs: back.body.jobs })
  })
})

describe('of GitLab', () => {
  const project = { git_http_url: repository.clone_url, git_ssh_url: repository.ssh_url, web_url: repository.html_url }
  const payload = { ref: 'refs/heads/main', after: commit, checkout_sha: commit, project }

  test('a signed one keeps the id that is signed, whatever others are put beside it', async () => {
    const [id, timestamp] = [randomUUID(), String(Math.floor(Date.now() / 1_000))]
    const mac = createHmac('sha256', secret)
      .update(`${id}.${timestamp}.${JSON.stringify(payload)}`)
      .digest('base64')
    const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` }
    const sendSigned = () =>
      send('gitlab', payload, { 'x-gitlab-event': 'Push Hook', 'idempotency-key': randomUUID(), ...signed })
    const first = await sendSigned()
    expect(first.body).toMatchObject({ status: 'started' })
    expect((await sendSigned()).body).toMatchObject({ status: 'duplicate', jobs: first.body.jobs })
  })
})

describe('the secret without a provider’s name', () => {
  const plain = 'one-secret-for-any-forge'

  test('is for the provider that uses it first, until another value is stored', async () => {
    for (const [name] of forges) await api.call('DELETE', `/v1/secrets/WEBHOOK_SECRET_${name.toUpperCase()}?app=shop`)
    await api.call('PUT', '/v1/secrets/WEBHOOK_SECRET?app=shop', { body: { value: plain } })
    const payload = pushOf(commit, 'plain')
    const first = await speak.github({ payload, key: plain })
    expect(first.body).toMatchObject({ status: 'started' })
    const elsewhere = await speak.gitea({ payload, key: plain })
    expect(elsewhere).toMatchObject({
      status: 401,
      body: { detail: expect.stringMatching(/webhooks of github: store another as WEBHOOK_SECRET_GITEA/) },
    })
    await api.call('PUT', '/v1/secrets/WEBHOOK_SECRET?app=shop', { body: { value: `${plain}-renewed` } })
    const renewed = await speak.gitea({ payload, key: `${plain}-renewed` })
    expect(renewed.body).toMatchObject({ status: 'started' })
    expect(await speak.github({ payload, key: `${plain}-renewed` })).toMatchObject({ status: 401 })
  })

  test('is not asked where the provider has one of its own', async () => {
    await api.call('PUT', '/v1/secrets/WEBHOOK_SECRET_GITEA?app=shop', { body: { value: secret } })
    const payload = pushOf(commit, 'own')
    expect(await speak.gitea({ payload, key: `${plain}-renewed` })).toMatchObject({ status: 401 })
    const { body } = await speak.gitea({ payload })
    expect(await getJob(api.ledger, body.jobs[0])).toMatchObject({ requestedBy: 'webhook:gitea' })
  })

  test.each(['WEBHOOK_SECRET', 'WEBHOOK_SECRET_GITHUB', 'WEBHOOK_SECRET_GENERIC'])('%s is weak: 422', async (name) => {
    const answer = await api.call('PUT', `/v1/secrets/${name}?app=shop`, { body: { value: 'short' } })
    expect(answer).toMatchObject({ status: 422, body: { faults: [{ path: ['value'], code: 'too-weak' }] } })
  })
})
