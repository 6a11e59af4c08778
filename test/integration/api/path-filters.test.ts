import { randomUUID } from 'node:crypto'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'
import { push, signHex, startHookedApi } from './hooked-shop.ts'

let api: TestApi
beforeAll(async () => {
  api = await startHookedApi()
  const triggers = [
    { on: 'push', branch: 'main', paths: ['services/api/**', '!**/*.md'], do: ['build production'] },
    { on: 'push', branch: 'main', paths: ['services/web/**'], do: ['build testing'] },
  ]
  await api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), triggers } })
})
afterAll(() => api.close())

async function deliver(commits: unknown, more: object = {}) {
  const after = randomUUID().replaceAll('-', '').padEnd(40, '0')
  const told = Array.isArray(commits) ? commits.map((commit) => ({ ...Object(commit), id: after })) : commits
  const body = JSON.stringify({ ...push, before: 'a'.repeat(40), after, commits: told, ...more })
  const headers = {
    'x-github-event': 'push',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${signHex(body)}`,
  }
  return (await api.call('POST', '/v1/webhooks/github/shop', { token: null, body, headers })).body
}

const changing = (...modified: unknown[]) => [{ added: [], modified, removed: [] }]
const latest = async () => (await api.call('GET', '/v1/apps/shop/deliveries?limit=1')).body.items[0]
const redeliver = (id: number) => api.call('POST', `/v1/apps/shop/deliveries/${id}/redeliver`)

test('what concerns one trigger starts that one, and the delivery says why not the other', async () => {
  const { status, jobs, reasons } = await deliver(changing('services/api/main.ts'))
  expect(status).toBe('started')
  expect(jobs).toHaveLength(1)
  expect(reasons).toEqual([expect.stringMatching(/^push to main, `build testing`: not started, .* services\/web/)])
  const job = (await api.call('GET', `/v1/jobs/${jobs[0]}`)).body
  expect(job.request.trigger).toEqual({ on: 'push', branch: 'main', commit: expect.any(String) })
  expect(await latest()).toMatchObject({ jobs, reason: reasons[0] })
})

test('what concerns none starts nothing, and is judged by the same files when it is judged anew', async () => {
  expect(await deliver(changing('services/api/README.md', 'docs/a.txt'))).toMatchObject({ status: 'ignored', jobs: [] })
  const { id, reason, redeliverable } = await latest()
  expect(redeliverable).toBe(true)
  expect(reason).toContain('none of the files that it changed (2)')
  expect((await redeliver(id)).body).toMatchObject({ status: 'ignored', jobs: [] })
  await api.call('PUT', '/v1/apps/shop', {
    body: { ...sampleSpec(), triggers: [{ on: 'push', paths: ['docs/**'], do: ['build testing'] }] },
  })
  expect((await redeliver(id)).body).toMatchObject({ status: 'started', reasons: [] })
})

test.each([
  ['a forced push', changing('x'), { forced: true }, 'the push was forced'],
  ['a new branch', changing('x'), { before: '0'.repeat(40) }, 'the branch is new'],
  ['no list', undefined, {}, 'lists no commits'],
  ['a name that the ledger could not hold', changing('x\0'), {}, 'cannot be read'],
  ['half a sign', changing('\ud800'), {}, 'cannot be read'],
  ['a name that is none', changing({ toString: 1 }), {}, 'cannot be read'],
  ['a way out', changing('../../etc/passwd'), {}, 'cannot be read'],
  ['a hundred thousand files', changing(...Array.from({ length: 100_000 }, (_, n) => `f${n}`)), {}, 'more files'],
])('%s starts, and says why it was not held against the paths', async (_what, commits, more, why) => {
  const { status, reasons } = await deliver(commits, more)
  expect(status).toBe('started')
  expect(reasons).toEqual([expect.stringContaining(why)])
  expect(await latest()).toMatchObject({ reason: reasons[0], redeliverable: true })
})

test('as many names as are looked at are kept whole', async () => {
  const names = Array.from({ length: 900 }, (_, n) => `${n}/"\\"\\"\\"\\"\\"\\"`)
  expect((await deliver(changing(...names))).status).toBe('ignored')
  expect((await latest()).redeliverable).toBe(true)
})

test.each([
  ['tag', { on: 'tag', paths: ['a'], do: ['build'] }, ['triggers', 0, 'paths']],
  ['pull request', { on: 'pull_request', paths: ['a'], do: ['build'] }, ['triggers', 0, 'paths']],
  ['pattern', { on: 'push', paths: ['ok', 'a/{b,c}'], do: ['build'] }, ['triggers', 0, 'paths', 1]],
  ['folder', { on: 'push', paths: ['services/api/'], do: ['build'] }, ['triggers', 0, 'paths', 0]],
  ['way out', { on: 'push', paths: ['../a'], do: ['build'] }, ['triggers', 0, 'paths', 0]],
  ['half a folder', { on: 'push', paths: ['**.js'], do: ['build'] }, ['triggers', 0, 'paths', 0]],
  ['nothing but less', { on: 'push', paths: ['!docs/**'], do: ['build'] }, ['triggers', 0, 'paths', 0]],
  ['nothing', { on: 'push', paths: [], do: ['build'] }, ['triggers', 0, 'paths']],
])('a filter that would do nothing, or another thing, is refused: %s', async (_what, trigger, path) => {
  const answer = await api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), triggers: [trigger] } })
  expect(answer.status).toBe(422)
  expect(answer.body.faults).toEqual([expect.objectContaining({ path })])
})
