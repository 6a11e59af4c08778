import { sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { claim, finish, playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

const post = (body: object) => api.call('POST', '/v1/jobs', { body })
const read = async (id: string) => (await api.call('GET', `/v1/jobs/${id}`)).body

describe('recording', () => {
  test('a build: 202 with its address', async () => {
    const answer = await post({ kind: 'build', app: 'shop', target: 'all', ref: 'main' })
    expect(answer).toMatchObject({
      status: 202,
      body: { kind: 'build', app: 'shop', state: 'queued', attempt: 1, progress: 0, error: null, environment: null },
    })
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${answer.body.id}`)
    expect(await read(answer.body.id)).toMatchObject({ id: answer.body.id, steps: [] })
  })

  test('a push and a deploy of what was built; a dry run changes no line', async () => {
    const image = await playBuild(api)
    expect(await post({ kind: 'push', app: 'shop', version: '1.0.0' })).toMatchObject({ status: 202 })
    const dry = { kind: 'deploy', app: 'shop', environment: 'staging', image, dryRun: true }
    expect(await post(dry)).toMatchObject({ status: 202, body: { state: 'queued' } })
  })

  test('a deploy where approval is required waits for it, then runs', async () => {
    const { body } = await post({ kind: 'deploy', app: 'shop', environment: 'production', version: '1.0.0' })
    expect(body).toMatchObject({ state: 'waiting', waitingFor: 'approval' })
    const approver = await api.createToken('approver')
    const approved = await api.call('POST', `/v1/jobs/${body.id}/approve`, { token: approver })
    expect(approved).toMatchObject({ status: 202, body: { state: 'queued' } })
    await finish(api, await claim(api, body.id))
  })

  test('what was never built or pushed, or names what is not there, is refused before anything is kept', async () => {
    const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' }
    const other = `registry.example.com/other/app@sha256:${'a'.repeat(64)}`
    const refusals: [object, number, string][] = [
      [{ ...deploy, version: '9.9.9' }, 422, 'no-such-image'],
      [{ kind: 'push', app: 'shop', version: '9.9.9' }, 422, 'no-such-image'],
      [{ ...deploy, image: other }, 422, 'policy-violation'],
      [{ ...deploy, version: 'latest' }, 422, 'validation-failed'],
      [{ ...deploy, environment: 'nowhere' }, 404, 'not-found'],
      [{ kind: 'build', app: 'nothing' }, 404, 'not-found'],
      [{ kind: 'build', app: 'shop', target: 'nothing' }, 422, 'validation-failed'],
      [{ kind: 'rollback', app: 'shop', environment: 'staging' }, 409, 'no-previous-release'],
    ]
    for (const [body, status, code] of refusals)
      expect(await post(body), JSON.stringify(body)).toMatchObject({ status, body: { type: `/problems/${code}` } })
  })

  test('a rollback returns to the revision before, and refuses the one that runs', async () => {
    await playBuild(api, { version: '2.0.0' })
    const one = await playDeploy(api)
    const two = await playDeploy(api, { version: '2.0.0' })
    const rollback = { kind: 'rollback', app: 'shop', environment: 'staging' }
    expect(await post({ ...rollback, toRevision: two.number })).toMatchObject({ status: 409 })
    expect(await post({ ...rollback, toRevision: 99 })).toMatchObject({ status: 404 })
    const answer = await post(rollback)
    expect(answer).toMatchObject({ status: 202, body: { kind: 'rollback', state: 'queued' } })
    const job = await claim(api, answer.body.id)
    expect(job.resolved).toMatchObject({ kind: 'rollback', toRevision: one.number, image: one.image })
    await finish(api, job)
  })
})

describe('steering', () => {
  test('a cancelled job is not cancelled again: 409, and can be retried as a new one', async () => {
    const { body } = await post({ kind: 'build', app: 'shop' })
    const cancel = () => api.call('POST', `/v1/jobs/${body.id}/cancel`)
    expect(await cancel()).toMatchObject({ status: 202, body: { state: 'cancelled' } })
    expect(await cancel()).toMatchObject({ status: 409, body: { type: '/problems/illegal-transition' } })
    const retried = await api.call('POST', `/v1/jobs/${body.id}/retry`)
    expect(retried).toMatchObject({ status: 202, body: { state: 'queued', parentId: body.id } })
    expect(retried.headers.get('location')).toBe(`/v1/jobs/${retried.body.id}`)
  })

  test.each(['approve', 'reject', 'pause', 'resume', 'promote', 'abort', 'retry'])(
    '%s of a queued build: 409',
    async (verb) => {
      const { body } = await post({ kind: 'build', app: 'shop' })
      const answer = await api.call('POST', `/v1/jobs/${body.id}/${verb}`)
      expect(answer).toMatchObject({ status: 409, body: { type: '/problems/illegal-transition' } })
      expect((await read(body.id)).state).toBe('queued')
    },
  )

  test('of two promotions of one pause exactly one is taken', async () => {
    const { body } = await post({ kind: 'deploy', app: 'shop', environment: 'staging', version: '1.0.0' })
    await finish(api, await claim(api, body.id), { to: 'waiting', waitingFor: 'promotion' })
    const promote = () => api.call('POST', `/v1/jobs/${body.id}/promote`, { body: { full: true } })
    const statuses = (await Promise.all([promote(), promote(), promote()])).map(({ status }) => status).sort()
    expect(statuses).toEqual([202, 409, 409])
    await finish(api, await claim(api, body.id))
  })

  test('a rejected deploy has failed, with what to do', async () => {
    const { body } = await post({ kind: 'deploy', app: 'shop', environment: 'production', version: '1.0.0' })
    const rejected = await api.call('POST', `/v1/jobs/${body.id}/reject`)
    expect(rejected.body).toMatchObject({ state: 'failed', error: { code: 'rejected', remedy: expect.any(String) } })
  })
})

describe('listing', () => {
  test('newest first, in parts, each job once, also while new ones come', async () => {
    const made: string[] = []
    for (let index = 0; index < 5; index++) made.unshift((await post({ kind: 'build', app: 'shop' })).body.id)
    const first = await api.call('GET', '/v1/jobs?kind=build&state=queued&limit=3')
    await post({ kind: 'build', app: 'shop' })
    const second = await api.call('GET', `/v1/jobs?kind=build&state=queued&limit=3&cursor=${first.body.next}`)
    const ids = [...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id)
    expect(ids.slice(0, 5)).toEqual(made)
    expect(new Set(ids).size).toBe(6)
  })

  test('of several states, and by what they wait for', async () => {
    const ask = (query: string) => api.call('GET', `/v1/jobs?limit=200&${query}`)
    const { body } = await post({ kind: 'deploy', app: 'shop', environment: 'production', version: '1.0.0' })
    type Item = { id: string; state: string; waitingFor: string | null }
    const several: Item[] = (await ask('state=queued,waiting')).body.items
    expect(new Set(several.map(({ state }) => state))).toEqual(new Set(['queued', 'waiting']))
    const waiting: Item[] = (await ask('waitingFor=approval,retry')).body.items
    expect(waiting.map(({ id }) => id)).toContain(body.id)
    expect(new Set(waiting.map(({ waitingFor }) => waitingFor))).toEqual(new Set(['approval']))
    expect((await ask('waitingFor=approval&state=failed')).body.items).toEqual([])
    for (const query of [
      'state=queued,',
      'state=',
      'state=lost',
      'waitingFor=approval,lunch',
      'state=queued&state=waiting',
    ])
      expect(await ask(query), query).toMatchObject({ status: 422 })
  })

  test('ends with no cursor', async () => {
    const { body } = await api.call('GET', '/v1/jobs?limit=200')
    expect(body.next).toBeNull()
  })
})

test('the place in the line counts those that go before', async () => {
  await api.call('PUT', '/v1/apps/line', {
    body: { ...sampleSpec('line'), environments: { staging: { engine: 'docker', port: 8082, queue: 'all' } } },
  })
  await playBuild(api, { app: 'line' })
  const deploy = { kind: 'deploy', app: 'line', environment: 'staging', version: '1.0.0' }
  const places = []
  for (let index = 0; index < 3; index++) places.push((await post(deploy)).body)
  expect(places.map(({ state, waitingFor }) => [state, waitingFor])).toEqual([
    // No worker lives here.
    ['queued', 'worker'],
    ['waiting', 'environment'],
    ['waiting', 'environment'],
  ])
  expect((await read(places[2].id)).place).toBe(2)
})

/** Ids are drawn at random: two that begin alike are made. */
async function copyJob(id: string, as: string): Promise<void> {
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  await client.query(
    `insert into jobs overriding user value
     select (jsonb_populate_record(job, jsonb_build_object('id', $1::text))).* from jobs job where job.id = $2`,
    [as, id],
  )
  await client.end()
}

describe('a job by the beginning of its id', () => {
  test('is read and steered; what begins no id is not there', async () => {
    const { body } = await post({ kind: 'build', app: 'shop' })
    const short = body.id.slice(0, 8)
    expect(await read(short)).toMatchObject({ id: body.id })
    expect(await read(body.id.slice(0, 20).toUpperCase())).toMatchObject({ id: body.id })
    expect(await api.call('POST', `/v1/jobs/${short}/cancel`)).toMatchObject({ status: 202, body: { id: body.id } })
    for (const absent of [short.slice(0, 7), 'ffffffff', '-'.repeat(8), `${short}x`, `${body.id}0`])
      expect((await api.call('GET', `/v1/jobs/${absent}`)).status, absent).toBe(404)
  })

  test('is refused with the candidates where several begin alike, of those that the token sees', async () => {
    const { body } = await post({ kind: 'build', app: 'shop' })
    await api.call('PUT', '/v1/apps/line', { body: sampleSpec('line') })
    const other = (await post({ kind: 'build', app: 'line' })).body
    const twin = `${body.id.slice(0, 9)}ffff-4fff-8fff-ffffffffffff`
    await copyJob(other.id, twin)
    const answer = await api.call('GET', `/v1/jobs/${body.id.slice(0, 8)}`)
    expect(answer).toMatchObject({ status: 422, body: { faults: [{ path: ['id'], code: 'ambiguous' }] } })
    expect(answer.text).toContain(body.id)
    expect(answer.text).toContain(`${twin} (build of line)`)
    const token = await api.createToken('viewer', { app: 'shop' })
    expect(await api.call('GET', `/v1/jobs/${body.id.slice(0, 8)}`, { token })).toMatchObject({ body: { id: body.id } })
  })
})
