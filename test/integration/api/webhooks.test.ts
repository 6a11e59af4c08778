import { randomUUID } from 'node:crypto'
import { activateRevision, createRevision, getJob } from '@stevedore/ledger'
import { readContents, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'
import { commit, push, repository, secret, signHex, startHookedApi } from './hooked-shop.ts'
import { by, claim, finish, playBuild, playDeploy } from './play-worker.ts'

const gone = '0'.repeat(40)

let api: TestApi
beforeAll(async () => {
  api = await startHookedApi()
})
afterAll(() => api.close())

interface Sending {
  event?: string
  delivery?: string
  headers?: Record<string, string>
  app?: string
  raw?: string
}

function github(
  payload: unknown,
  { event = 'push', delivery = randomUUID(), headers, app = 'shop', raw }: Sending = {},
) {
  const body = raw ?? JSON.stringify(payload)
  const signed = {
    'x-github-event': event,
    'x-github-delivery': delivery,
    'x-hub-signature-256': `sha256=${signHex(body)}`,
  }
  const sent = Object.entries({ ...signed, ...headers }).filter(([, value]) => value !== '')
  return api.call('POST', `/v1/webhooks/github/${app}`, { token: null, body, headers: Object.fromEntries(sent) })
}

describe('a push', () => {
  test('starts what the trigger says: the first action, with the others to follow', async () => {
    const { status, body } = await github(push)
    expect(status).toBe(200)
    expect(body).toEqual({ status: 'started', jobs: [expect.any(String)], reasons: [] })
    const job = await getJob(api.ledger, body.jobs[0])
    expect(job).toMatchObject({
      kind: 'build',
      requestedBy: 'webhook:github',
      resolved: { targets: ['production'], ref: 'refs/heads/main', commit, trusted: true },
      next: [
        { kind: 'push', target: 'production' },
        { kind: 'deploy', environment: 'staging', target: 'production' },
      ],
    })
  })

  test.each([
    ['v1.2.0', 'v1.2.0'],
    ['v1.2.0+linux', 'v1.2.0-linux'],
  ])('of the tag %s builds what was pushed, as the version %s', async (tag, version) => {
    const own = 'd'.repeat(40)
    const { body } = await github({ ...push, ref: `refs/tags/${tag}`, after: own, head_commit: { id: commit } })
    const resolved = (await getJob(api.ledger, body.jobs[0]))?.resolved
    expect(resolved).toMatchObject({ ref: `refs/tags/${tag}`, commit, version })
    const without = await github({ ...push, ref: `refs/tags/${tag}`, after: own, head_commit: null })
    expect((await getJob(api.ledger, without.body.jobs[0]))?.resolved).toMatchObject({ commit: own })
  })

  test('row 79: delivered a hundred times at once makes one job', async () => {
    const delivery = randomUUID()
    const answers = await Promise.all(Array.from({ length: 100 }, () => github(push, { delivery })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.flatMap(({ body }) => body.jobs)).size).toBe(1)
    expect(await github(push, { delivery })).toMatchObject({ status: 200, body: { status: 'duplicate' } })
  })

  test('delivered again is looked at again where it started nothing, once among many, and where it did is not', async () => {
    const delivery = randomUUID()
    const release = { ...push, ref: 'refs/heads/release,1' }
    const ignored = { status: 'ignored', jobs: [], reasons: ['no trigger of the app fits'] }
    for (let time = 0; time < 2; time++) expect((await github(release, { delivery })).body).toEqual(ignored)
    const { body: before } = await api.call('GET', '/v1/apps/shop')
    const triggers = [...before.spec.triggers, { on: 'push', branch: 'release,*', do: ['build production'] }]
    await api.call('PUT', '/v1/apps/shop', { body: { ...before.spec, triggers } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => github(release, { delivery })))
    const started = answers.filter(({ body }) => body.status === 'started')
    expect(started).toHaveLength(1)
    const { jobs } = started[0]?.body ?? { jobs: [] }
    expect(await getJob(api.ledger, jobs[0])).toMatchObject({ resolved: { ref: 'refs/heads/release,1', commit } })
    expect((await github(release, { delivery })).body).toMatchObject({ status: 'duplicate', jobs })
    await api.call('PUT', '/v1/apps/shop', { body: before.spec })
  })

  test('of a repository that is told by one of its addresses', async () => {
    for (const [kind, address] of Object.entries(repository))
      expect((await github({ ...push, repository: { [kind]: address } })).body.status, kind).toBe('started')
    expect((await github({ ...push, repository: { full_name: 'acme/shop' } })).body.status).toBe('ignored')
  })

  test('also as a signed form', async () => {
    const raw = `payload=${encodeURIComponent(JSON.stringify(push))}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await github(null, { raw, headers })).body.status).toBe('started')
  })
})

describe('with a key that is given twice: 400, and nothing is started', () => {
  const twice = JSON.stringify(push).replace('{', '{"ref":"refs/heads/other",')
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const payload = (text: string) => `payload=${encodeURIComponent(text)}`
  test.each<[string, string, Record<string, string>?]>([
    ['JSON', twice],
    ['escaped', twice.replace('"ref"', '"\\u0072ef"')],
    ['a form', payload(twice), form],
    ['a form with two of them', `${payload(JSON.stringify(push))}&${payload(JSON.stringify(push))}`, form],
  ])('%s', async (_what, raw, headers) => {
    const before = await readContents(api.databaseUrl)
    const answer = await github(null, { raw, ...(headers && { headers }) })
    expect(answer).toMatchObject({ status: 400, body: { type: '/problems/malformed-json' } })
    expect(await readContents(api.databaseUrl)).toEqual(before)
  })
})

describe('is ignored, with the reason, and changes nothing', () => {
  const other = (name: string) => ({
    clone_url: `https://git.example.com/${name}.git`,
    ssh_url: `git@git.example.com:${name}.git`,
    html_url: `https://git.example.com/${name}`,
  })
  test.each<[string, unknown, string?]>([
    ['a deleted branch', { ...push, after: gone }],
    ['a branch without a trigger', { ...push, ref: 'refs/heads/feature' }],
    ['a ref that is no name', { ...push, ref: 'refs/heads/main..id' }],
    ['a ping', { zen: 'x' }, 'ping'],
    ['an unknown event', {}, 'star'],
    ['a payload of another shape', { ref: 5 }],
    ['a longer name', { ...push, repository: other('acme/shop-evil') }],
    [
      'another repository that carries the address elsewhere',
      { ...push, repository: { ...other('evil/x'), name: 'acme/shop' } },
    ],
    ['a closed pull request', { ...pullRequest('closed', 1), repository }, 'pull_request'],
  ])('%s', async (_what, payload, event) => {
    const { audit: _a, deliveries: _d, ...before } = await readContents(api.databaseUrl)
    const answer = await github(payload, event ? { event } : {})
    expect(answer).toMatchObject({ status: 200, body: { status: 'ignored', jobs: [], reasons: [expect.any(String)] } })
    const { audit: _b, deliveries: _e, ...after } = await readContents(api.databaseUrl)
    expect(after).toEqual(before)
  })
})

function pullRequest(action: string, headRepository: number | null) {
  const head = { sha: commit, repo: headRepository === null ? null : { id: headRepository } }
  return { action, number: 7, pull_request: { head, base: { sha: 'b'.repeat(40), repo: { id: 1 } } }, repository }
}

describe('a pull request', () => {
  test('of the repository itself is built with the app’s trust, and goes on', async () => {
    const { body } = await github(pullRequest('opened', 1), { event: 'pull_request' })
    const job = await getJob(api.ledger, body.jobs[0])
    expect(job).toMatchObject({
      resolved: { ref: 'refs/pull/7/head', commit, trusted: true },
      next: [{ kind: 'push' }, { kind: 'deploy' }],
    })
  })

  test.each([2, null])(
    'rows 69 and 86: of a fork (%s) is built without secrets or shared layers and goes no further',
    async (id) => {
      const { body } = await github(pullRequest('synchronize', id), { event: 'pull_request' })
      expect(body.reasons).toHaveLength(1)
      const job = await getJob(api.ledger, body.jobs[0])
      expect(job).toMatchObject({
        resolved: { ref: 'refs/pull/7/head', commit, trusted: false, cacheScope: 'shop-untrusted' },
        next: [],
      })
    },
  )
})

describe('401, the same for all, when', () => {
  const body = JSON.stringify(push)
  const signature = (value: string) => ({ headers: { 'x-hub-signature-256': value } })
  const cases: [string, Sending][] = [
    ['it is not signed', signature('')],
    ['the signature is of another key', signature(`sha256=${signHex(body, 'another')}`)],
    [
      'the signature is SHA-1 alone',
      { headers: { 'x-hub-signature-256': '', 'x-hub-signature': `sha1=${'a'.repeat(40)}` } },
    ],
    ['the signature is not hexadecimal', signature(`sha256=${'z'.repeat(64)}`)],
    ['the signature is short', signature(`sha256=${signHex(body).slice(0, 32)}`)],
    [
      'the body was written anew after signing',
      { raw: JSON.stringify(push, null, 2), ...signature(`sha256=${signHex(body)}`) },
    ],
    ['two providers speak', { headers: { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': secret } }],
    ['the app has no secret', { app: 'plain' }],
    ['there is no such app', { app: 'nothing' }],
    ['the name can be none', { app: 'No_Name' }],
  ]

  test.each(cases)('%s', async (_what, sending) => {
    await api.call('PUT', '/v1/apps/plain', { body: sampleSpec('plain') })
    const before = await readContents(api.databaseUrl)
    const headers = { 'x-request-id': 'same', ...sending.headers }
    const answer = await github(push, { ...sending, headers })
    expect(answer).toMatchObject({ status: 401, body: { type: '/problems/webhook-signature-invalid' } })
    expect(answer.text).toBe((await github(push, { app: 'nothing', headers: { 'x-request-id': 'same' } })).text)
    expect(await readContents(api.databaseUrl)).toEqual(before)
  })

  test('a secret for all apps is no app’s hook secret', async () => {
    await api.call('PUT', '/v1/secrets/WEBHOOK_SECRET', { body: { value: secret } })
    expect((await github(push, { app: 'plain' })).status).toBe(401)
  })
})

test('a pin keeps triggers from deploying, and says so', async () => {
  await playBuild(api)
  await playDeploy(api)
  const { body } = await api.call('POST', '/v1/jobs', {
    body: { kind: 'deploy', app: 'shop', environment: 'staging', version: '1.0.0' },
  })
  const job = await claim(api, body.id)
  const message = { jobId: job.id, attempt: job.attempt, app: 'shop', environment: 'staging', by }
  const { spec } = (await api.call('GET', '/v1/apps/shop')).body
  const image = `registry.example.com/acme/shop@sha256:${'a'.repeat(64)}`
  const settings = { settings: spec.environments.staging, specVersion: 1, strategy: 'rolling', cause: 'rollback to 1' }
  const { number } = await createRevision(api.ledger, { ...message, image, version: '1.0.0', ...settings })
  await activateRevision(api.ledger, { ...message, number, pin: true, unpin: false })
  await finish(api, job)

  const { body: receipt } = await github({ ...push, note: 'pinned' })
  expect(receipt.reasons).toEqual([expect.stringContaining('pinned')])
  expect((await getJob(api.ledger, receipt.jobs[0]))?.next).toEqual([{ kind: 'push', target: 'production' }])
  const unpinned = await api.call('POST', '/v1/apps/shop/environments/staging/unpin')
  expect(unpinned).toMatchObject({ status: 200, body: { pinnedBy: null } })
  expect((await github({ ...push, note: 'unpinned' })).body.reasons).toEqual([])
})

test('row 88: a body of a gigabyte is refused before it is read, and one without a length once it is too long', async () => {
  const { hostname, port } = new URL(api.address)
  const { request } = await import('node:http')
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sending = request({ host: hostname, port, method: 'POST', path: '/v1/webhooks/github/shop' })
    sending.setHeader('content-length', 2 ** 30)
    sending.on('response', (response) => resolve(response.statusCode)).on('error', reject)
    sending.write('x')
  })
  expect(status).toBe(413)
  const long = new Uint8Array(5 * 2 ** 20 + 1)
  const answer = await api.call('POST', '/v1/webhooks/github/shop', { token: null, body: long })
  expect(answer).toMatchObject({ status: 413, body: { type: '/problems/payload-too-large' } })
})

test.each(['short', 'aaaaaaaaaaaaaaaaaaaaaaaa'])('a hook secret such as %s is too weak: 422', async (value) => {
  const answer = await api.call('PUT', '/v1/secrets/WEBHOOK_SECRET?app=shop', { body: { value } })
  expect(answer).toMatchObject({ status: 422, body: { faults: [{ path: ['value'] }] } })
})
