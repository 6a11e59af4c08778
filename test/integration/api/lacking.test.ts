import { getJob } from '@stevedore/ledger'
import { readContents, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'
import { push, signHex, startHookedApi } from './hooked-shop.ts'
import { playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startHookedApi()
  await playBuild(api)
  await playDeploy(api)
})
afterAll(() => api.close())

type Environments = NonNullable<ReturnType<typeof sampleSpec>['environments']>

type Environment = Environments[string]

async function declare(app: string, environments: Environments, more: object = {}) {
  return api.call('PUT', `/v1/apps/${app}`, { body: { ...sampleSpec(app), ...more, environments } })
}

const shopPort = () => Object(sampleSpec().environments?.staging).port
const deploy = (app: string, more: object = {}) => {
  return { body: { kind: 'deploy', app, environment: 'staging', version: '1.0.0', ...more } }
}

/** Nothing is kept of it. */
async function refuse(given: { body: object; token?: string }) {
  const { jobs, ...rest } = await readContents(api.databaseUrl)
  const answer = await api.call('POST', '/v1/jobs', given)
  expect(await readContents(api.databaseUrl)).toMatchObject({ jobs, audit: rest.audit })
  return { status: answer.status, type: answer.body.type, detail: answer.body.detail }
}

describe('a secret that is not stored', () => {
  const staging = { engine: 'docker', port: 8_901, secrets: ['API_KEY', 'DATABASE_URL'] } satisfies Environment

  test('is refused at the request, also of a dry run, until it is stored where it holds', async () => {
    await declare('safe', { staging, other: { engine: 'docker', port: 8_902 } })
    await playBuild(api, { app: 'safe' })
    await api.call('PUT', '/v1/secrets/API_KEY', { body: { value: 'for all apps' } })
    await api.call('PUT', '/v1/secrets/DATABASE_URL?app=safe&environment=other', { body: { value: 'elsewhere' } })
    const refused = { status: 409, type: '/problems/secret-missing', detail: expect.stringContaining('DATABASE_URL') }
    expect(await refuse(deploy('safe'))).toEqual(refused)
    expect(await refuse(deploy('safe', { dryRun: true }))).toEqual({
      ...refused,
      detail: expect.stringMatching(/needs DATABASE_URL, which .*`stevedore secret set DATABASE_URL --app safe`$/),
    })
    await api.call('PUT', '/v1/secrets/DATABASE_URL?app=safe', { body: { value: 'postgres://db' } })
    expect(await api.call('POST', '/v1/jobs', deploy('safe'))).toMatchObject({ status: 202 })
  })

  test('of the registry or the source is refused as well', async () => {
    const credentials = {
      source: { git: 'https://git.example.com/acme/keys.git', credential: 'GIT' },
      image: { registry: 'registry.example.com', name: 'acme/keys', credential: 'REGISTRY' },
      build: { secrets: ['NPM'] },
    }
    await declare('keys', {}, credentials)
    const build = { kind: 'build', app: 'keys', push: true }
    expect(await refuse({ body: build })).toMatchObject({ detail: expect.stringMatching(/GIT, NPM, REGISTRY/) })
  })

  test('refuses a retry as well, until it is stored', async () => {
    const { body: job } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'safe' } })
    await api.call('POST', `/v1/jobs/${job.id}/cancel`)
    const { spec } = (await api.call('GET', '/v1/apps/safe')).body
    const retried = () => api.call('POST', `/v1/jobs/${again.id}/retry`)
    await api.call('PUT', '/v1/secrets/NPM?app=safe', { body: { value: 'of npm' } })
    await declare('safe', spec.environments, { build: { secrets: ['NPM'] } })
    const { body: again } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'safe' } })
    await api.call('POST', `/v1/jobs/${again.id}/cancel`)
    await declare('safe', spec.environments)
    await api.call('DELETE', '/v1/secrets/NPM?app=safe')
    expect(await retried()).toMatchObject({
      status: 409,
      body: { type: '/problems/secret-missing', detail: expect.stringContaining('secret set NPM --app safe') },
    })
    expect(await api.call('POST', `/v1/jobs/${job.id}/retry`)).toMatchObject({ status: 202 })
    await api.call('PUT', '/v1/secrets/NPM?app=safe', { body: { value: 'of npm' } })
    expect(await retried()).toMatchObject({ status: 202 })
  })

  test('leaves the deploy of a pipeline in it, and says what it waits for', async () => {
    const { triggers } = (await api.call('GET', '/v1/apps/shop')).body.spec
    const wanting = { engine: 'docker', port: shopPort(), secrets: ['MISSING'] } satisfies Environment
    await declare('shop', { staging: wanting }, { triggers })
    const body = JSON.stringify({ ...push, after: 'd'.repeat(40) })
    const headers = { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${signHex(body)}` }
    const { body: receipt } = await api.call('POST', '/v1/webhooks/github/shop', { token: null, body, headers })
    expect(receipt.reasons).toEqual([expect.stringContaining('secret set MISSING --app shop')])
    const next = [{ kind: 'push' }, { kind: 'deploy', environment: 'staging' }]
    expect((await getJob(api.ledger, receipt.jobs[0]))?.next).toMatchObject(next)
  })
})

describe('a port', () => {
  test('of another app that runs is refused at the request; its name is for those who see it', async () => {
    await declare('cart', { staging: { engine: 'docker', port: shopPort() } })
    await playBuild(api, { app: 'cart' })
    const refused = { status: 409, type: '/problems/route-taken' }
    expect(await refuse(deploy('cart'))).toEqual({
      ...refused,
      detail: `port ${shopPort()} is shop/staging's: choose another or \`stevedore remove shop staging\``,
    })
    const own = await api.createToken('deployer', { app: 'cart' })
    const { detail, ...rest } = await refuse({ ...deploy('cart'), token: own })
    expect(rest).toEqual(refused)
    expect(detail).not.toContain('shop')
  })

  test('that another app declared before is refused, and given once that app gives it up', async () => {
    await declare('first', { staging: { engine: 'docker', port: 8_903 } })
    await declare('second', { staging: { engine: 'docker', port: 8_903 } })
    await playBuild(api, { app: 'second' })
    expect((await refuse(deploy('second'))).detail).toContain('by the spec of first')
    await declare('first', { staging: { engine: 'docker', port: 8_904 } })
    expect(await api.call('POST', '/v1/jobs', deploy('second'))).toMatchObject({ status: 202 })
  })

  test('of two environments of one spec is a fault of the spec', async () => {
    const one = { engine: 'docker', port: 8_905 } as const
    expect(await declare('twins', { staging: one, production: one })).toMatchObject({
      status: 422,
      body: { faults: [{ path: ['environments', 'production'], message: "port 8905 is staging's as well" }] },
    })
  })
})

test('a version that is not there is refused with what there is, and the command that brings it', async () => {
  const { detail } = await refuse(deploy('second', { version: '1.0.1' }))
  expect(detail).toMatch(/1\.0\.1 of second.* was not built: .*`stevedore build .*--version=1\.0\.1 --push`.*1\.0\.0/)
})

describe('a link', () => {
  test('that the other side does not have is refused at the request, a dry run alike, until its spec has it', async () => {
    await declare('caller', { staging: { engine: 'docker', port: 8_911, links: ['callee'] } })
    await playBuild(api, { app: 'caller' })
    const refused = { status: 409, type: '/problems/link-refused' }
    expect(await refuse(deploy('caller'))).toEqual({ ...refused, detail: expect.stringContaining('no callee/staging') })
    await declare('callee', { staging: { engine: 'docker', port: 8_912 } })
    const detail = expect.stringContaining('add `linkedBy: [caller]` to the environment staging of callee')
    expect(await refuse(deploy('caller', { dryRun: true }))).toEqual({ ...refused, detail })
    await declare('callee', { staging: { engine: 'docker', port: 8_912, linkedBy: ['caller'] } })
    expect(await api.call('POST', '/v1/jobs', deploy('caller'))).toMatchObject({ status: 202 })
  })
})
