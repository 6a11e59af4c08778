import type { JobVerb } from '@stevedore/contract'
import type { Transition } from '@stevedore/ledger'
import { readContents, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../../harness/test-api.ts'
import { listRoutes } from '../every-route.ts'
import { expectAllRefused, type Sent } from '../expect-refused.ts'
import { claim, finish, playBuild, playDeploy } from '../play-worker.ts'

/* What is right in itself, and comes at the wrong time. */
let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await declare('shop')
})
afterAll(() => api.close())

/** Whatever can be asked of a job that is there. */
const verbs = listRoutes(({ method, url }) => method === 'POST' && url.startsWith('/v1/jobs/:id/')).map(
  ([, { url }]) => url.split('/').at(-1) as JobVerb,
)

const post = (body: object) => api.call('POST', '/v1/jobs', { body })

/** An app of its own, so that no line of another is in the way. */
async function declare(app: string, more: object = {}): Promise<void> {
  await api.call('PUT', `/v1/apps/${app}`, { body: { ...sampleSpec(app), ...more } })
  await playBuild(api, { app })
}

async function makeBuild(transition?: Transition): Promise<string> {
  const { body } = await post({ kind: 'build', app: 'shop' })
  if (transition) await finish(api, await claim(api, body.id), transition)
  return body.id
}

async function makeDeploy(app: string, environment: string, transition?: Transition): Promise<string> {
  await declare(app)
  const { body } = await post({ kind: 'deploy', app, environment, version: '1.0.0' })
  if (transition) await finish(api, await claim(api, body.id), transition)
  return body.id
}

const failure = { code: 'build-failed', message: 'It failed.' } as const

/** Where a job can stand, how it comes there, and what may be asked of it then. */
const stands: [string, () => Promise<string>, JobVerb[]][] = [
  ['a build in the queue', () => makeBuild(), ['cancel']],
  [
    'a build that runs',
    async () => {
      const id = await makeBuild()
      await claim(api, id)
      return id
    },
    ['cancel'],
  ],
  [
    'a build that succeeded',
    () => makeBuild({ to: 'succeeded', result: { version: '1.0.0', commit: 'a'.repeat(40), reports: [] } }),
    [],
  ],
  ['a build that failed', () => makeBuild({ to: 'failed', failure }), ['retry']],
  [
    'a build that was cancelled',
    async () => {
      const id = await makeBuild()
      await api.call('POST', `/v1/jobs/${id}/cancel`)
      return id
    },
    ['retry'],
  ],
  ['a deploy that waits for approval', () => makeDeploy('approved', 'production'), ['cancel', 'approve', 'reject']],
  [
    'a deploy that waits for its promotion',
    () => makeDeploy('promoted', 'staging', { to: 'waiting', waitingFor: 'promotion' }),
    ['cancel', 'resume', 'promote', 'abort'],
  ],
  [
    'a deploy that waits for the one before it',
    async () => {
      await claim(api, await makeDeploy('lined', 'staging'))
      return (await post({ kind: 'deploy', app: 'lined', environment: 'staging', version: '1.0.0' })).body.id
    },
    ['cancel'],
  ],
  [
    'a deploy that a newer one has superseded',
    async () => {
      await claim(api, await makeDeploy('passed', 'staging'))
      const deploy = { kind: 'deploy', app: 'passed', environment: 'staging', version: '1.0.0' }
      const { body } = await post(deploy)
      await post(deploy)
      return body.id
    },
    ['retry'],
  ],
]

test.each(stands)('row 38: of %s nothing can be asked but what it stands for', async (_what, make, allowed) => {
  const id = await make()
  const refused = verbs.filter((verb) => !allowed.includes(verb))
  const sent = refused.map((verb): Sent => ['POST', `/v1/jobs/${id}/${verb}`, {}, 409, 'illegal-transition'])
  await expectAllRefused(api, sent)
})

describe('row 38: of many at once', () => {
  const each = (count: number, path: string, body?: object) =>
    Promise.all(Array.from({ length: count }, () => api.call('POST', path, body ? { body } : {})))

  test.each<[JobVerb, object?]>([['promote', { full: true }], ['resume'], ['abort'], ['cancel']])(
    'exactly one %s of a pause is taken',
    async (verb, body) => {
      const id = await makeDeploy(`raced-${verb}`, 'staging', { to: 'waiting', waitingFor: 'promotion' })
      const statuses = (await each(10, `/v1/jobs/${id}/${verb}`, body)).map(({ status }) => status)
      expect(statuses.sort()).toEqual([202, ...Array(9).fill(409)])
    },
  )
})

describe('row 39: a rollback', () => {
  const rollback = (app: string) => ({ body: { kind: 'rollback', app, environment: 'staging' } })

  test('with nothing to return to, and to what is not there', async () => {
    await declare('young')
    const first: Sent = ['POST', '/v1/jobs', rollback('young'), 409, 'no-previous-release']
    await expectAllRefused(api, [first])
    await playDeploy(api, { app: 'young' })
    const { body } = rollback('young')
    await expectAllRefused(api, [
      first,
      ['POST', '/v1/jobs', { body: { ...body, toRevision: 99 } }, 404, 'not-found'],
      ['POST', '/v1/jobs', { body: { ...body, toRevision: 1 } }, 409, 'conflict'],
    ])
  })
})

test('row 40: what was not built, failed to build or is another app’s is not deployed', async () => {
  await declare('neighbour')
  const { body } = await post({ kind: 'build', app: 'shop', version: '3.0.0' })
  await finish(api, await claim(api, body.id), { to: 'failed', failure })
  const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' }
  const foreign = `registry.example.com/acme/neighbour@sha256:${'a'.repeat(64)}`
  const sent: [object, number, string][] = [
    [{ ...deploy, version: '9.9.9' }, 422, 'no-such-image'],
    [{ ...deploy, version: '3.0.0' }, 422, 'no-such-image'],
    [{ ...deploy, version: '1.0.0', target: 'testing' }, 422, 'no-such-image'],
    [{ kind: 'push', app: 'shop', version: '3.0.0' }, 422, 'no-such-image'],
    [{ ...deploy, image: foreign }, 422, 'policy-violation'],
  ]
  await expectAllRefused(
    api,
    sent.map(([asked, status, code]): Sent => ['POST', '/v1/jobs', { body: asked }, status, code]),
  )
})

test('row 41: of many deploys at once to one environment one is under way, and none is lost', async () => {
  await declare('busy', { environments: { staging: { engine: 'docker', port: 8_950, queue: 'all' } } })
  const deploy = { kind: 'deploy', app: 'busy', environment: 'staging', version: '1.0.0' }
  const answers = await Promise.all(Array.from({ length: 10 }, () => post(deploy)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
  const states = answers.map(async ({ body }) => (await api.call('GET', `/v1/jobs/${body.id}`)).body.state)
  expect((await Promise.all(states)).sort()).toEqual(['queued', ...Array(9).fill('waiting')])
})

test('row 42: what is in use stays', async () => {
  await declare('used')
  await api.call('PUT', '/v1/secrets/NPM?app=used', { body: { value: 'of the registry of packages' } })
  await api.call('PUT', '/v1/apps/used', { body: { ...sampleSpec('used'), build: { secrets: ['NPM'] } } })
  const { body } = await post({ kind: 'build', app: 'used' })
  const sent: Sent[] = [
    ['DELETE', '/v1/apps/used', {}, 409, 'in-use'],
    ['DELETE', '/v1/secrets/NPM?app=used', {}, 409, 'in-use'],
    ['DELETE', '/v1/grants?kind=repository&name=registry.example.com/acme/used&app=used', {}, 409, 'in-use'],
  ]
  await expectAllRefused(api, sent)
  await api.call('POST', `/v1/jobs/${body.id}/cancel`)
})

describe('an Idempotency-Key', () => {
  const build = { kind: 'build', app: 'shop', target: 'testing' }
  const keyed = (key: string, body: object = build) => ({ body, headers: { 'idempotency-key': key } })

  test('row 35: of fifty at once with one key all are told of one job', async () => {
    const { jobs: before } = await readContents(api.databaseUrl)
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.call('POST', '/v1/jobs', keyed('fifty'))))
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
    const { jobs: after } = await readContents(api.databaseUrl)
    expect(Number.parseInt(after ?? '', 10)).toBe(Number.parseInt(before ?? '', 10) + 1)
  })

  test('row 36: of another request', async () => {
    await api.call('POST', '/v1/jobs', keyed('mine'))
    const others = [
      { ...build, target: 'production' },
      { ...build, push: true },
      { kind: 'build', app: 'other' },
    ]
    const sent = others.map((other): Sent => {
      return ['POST', '/v1/jobs', keyed('mine', other), 422, 'idempotency-key-reused']
    })
    await expectAllRefused(api, sent)
  })
})
