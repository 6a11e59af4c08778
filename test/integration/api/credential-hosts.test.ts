import { readContents, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
let deployer: string
beforeAll(async () => {
  api = await startTestApi()
  deployer = await api.createToken('deployer')
})
afterAll(() => api.close())

const git = 'https://git.example.com/acme/shop.git'
const registry = 'registry.example.com'

function specOf(app: string, more: { source?: object; image?: object } = {}) {
  const { environments, build } = sampleSpec(app)
  return {
    ...{ app, build, environments },
    source: { git, credential: 'GIT', ...more.source },
    image: { registry, name: `acme/${app}`, credential: 'LOGIN', ...more.image },
  }
}

const declare = (app: string, more?: { source?: object; image?: object }) =>
  api.call('PUT', `/v1/apps/${app}`, { body: specOf(app, more) })
const store = (name: string, query: string, hosts?: string[]) =>
  api.call('PUT', `/v1/secrets/${name}${query}`, { body: { value: `${name}:of${query}`, ...(hosts && { hosts }) } })
const readHosts = async (name: string, query: string) =>
  (await api.call('GET', `/v1/secrets/${name}${query}`)).body.hosts

/** Nothing is kept of it. */
async function refuse(method: string, path: string, body: object, token?: string) {
  const before = await readContents(api.databaseUrl)
  const answer = await api.call(method, path, { body, ...(token && { token }) })
  const { tokens: _, ...after } = await readContents(api.databaseUrl)
  expect(before).toMatchObject(after)
  expect(answer, answer.text).toMatchObject({ status: 422, body: { type: '/problems/credential-rebind' } })
  return answer.body
}

/** An app with both credentials stored for it. */
async function open(app: string) {
  await declare(app)
  await store('GIT', `?app=${app}`)
  await store('LOGIN', `?app=${app}`)
  return `/v1/apps/${app}`
}

describe('a credential is bound', () => {
  test('to the host that the spec names when it is stored', async () => {
    await open('early')
    expect(await readHosts('GIT', '?app=early')).toEqual(['git.example.com'])
    expect(await readHosts('LOGIN', '?app=early')).toEqual([registry])
  })

  test('to the host of the first spec that names one that was stored before', async () => {
    await store('LOGIN', '?app=late')
    await declare('late', { source: { credential: undefined } })
    await store('GIT', '?app=late')
    expect(await readHosts('GIT', '?app=late')).toBeNull()
    await declare('late')
    expect(await readHosts('GIT', '?app=late')).toEqual(['git.example.com'])
  })

  test('and stays so under another value, and when the spec no longer names it', async () => {
    const path = await open('kept')
    await declare('kept', { source: { credential: undefined }, image: { credential: undefined } })
    expect(await store('LOGIN', '?app=kept')).toMatchObject({ status: 200, body: { hosts: [registry] } })
    await refuse('PUT', path, specOf('kept', { image: { registry: 'evil.example.com' } }))
  })

  test('by the trail, which tells it and not the value', async () => {
    await open('told')
    const { items } = (await api.call('GET', '/v1/audit?app=told')).body
    expect(items).toContainEqual(
      expect.objectContaining({
        action: 'secret.bound',
        detail: expect.objectContaining({ name: 'LOGIN', hosts: [registry] }),
      }),
    )
  })
})

describe('row 29: another host is refused', () => {
  test.each(['127.0.0.1:9', 'evil.example.com', `${registry}:8443`, `${registry}.evil.example.com`])(
    'for a build that is to be pushed to %s, also of a deployer, until it is stored for it',
    async (other) => {
      const app = `push-${other.replaceAll(/[^a-z0-9]/g, '-')}`.slice(0, 40)
      await open(app)
      const body = { kind: 'build', app, push: true, registry: other }
      const { detail } = await refuse('POST', '/v1/jobs', body, deployer)
      // All of it: stored for the other alone, it would no longer go where the spec has it sent.
      const hosts = [registry, other].toSorted().map((one) => ` --host ${one}`)
      expect(detail).toContain(`stevedore secret set LOGIN --app ${app}${hosts.join('')}\``)
      // Where nothing is pushed nothing is sent.
      expect(await api.call('POST', '/v1/jobs', { body: { ...body, push: false }, token: deployer })).toMatchObject({
        status: 202,
      })
      await store('LOGIN', `?app=${app}`, [registry, other])
      // A private network is besides for who administers the server to name.
      if (other === '127.0.0.1:9') await api.call('POST', '/v1/jobs', { body })
      expect(await api.call('POST', '/v1/jobs', { body, token: deployer })).toMatchObject({ status: 202 })
    },
  )

  test.each([
    ['source', 'https://evil.example.com/acme/shop.git'],
    ['source', 'https://git.example.com:8443/acme/shop.git'],
    ['source', 'git@evil.example.com:acme/shop.git'],
    ['image', 'evil.example.com'],
    ['image', 'registry.example.com:444'],
  ])('for a spec whose %s is at %s', async (part, other) => {
    const path = await open('moved')
    const more = part === 'source' ? { source: { git: other } } : { image: { registry: other } }
    const { faults } = await refuse('PUT', path, specOf('moved', more))
    expect(faults).toMatchObject([{ path: [part, 'credential'], code: 'credential-rebind' }])
  })

  test.each([
    ['https://git.example.com/another/repository.git', registry],
    ['https://git.example.com:443/acme/shop.git', registry],
    ['git@git.example.com:acme/shop.git', `${registry}:443`],
  ])('but not %s and %s, which are of the same', async (address, image) => {
    await open('same')
    const more = { source: { git: address }, image: { registry: image } }
    expect(await declare('same', more)).toMatchObject({ status: 200 })
  })

  test('for an app that names a credential of all which others have sent elsewhere', async () => {
    await store('SHARED', '')
    await declare('first', { image: { credential: 'SHARED' }, source: { credential: undefined } })
    expect(await readHosts('SHARED', '')).toEqual([registry])
    const evil = { image: { credential: 'SHARED', registry: 'evil.example.com' }, source: { credential: undefined } }
    const scoped = await api.createToken('admin', { app: 'second' })
    const { detail } = await refuse('PUT', '/v1/apps/second', specOf('second', evil), scoped)
    expect(detail).toContain('stevedore secret set SHARED --host evil.example.com')
    expect(detail).not.toContain(registry)
  })

  test('for what the app has built, pushed or run before, once it is stored for another', async () => {
    const app = 'back'
    await open(app)
    await playBuild(api, { app })
    await playDeploy(api, { app })
    await playDeploy(api, { app })
    await store('LOGIN', `?app=${app}`, ['new.example.com'])
    for (const body of [
      { kind: 'push', app, version: '1.0.0' },
      { kind: 'deploy', app, environment: 'staging', version: '1.0.0' },
    ])
      await refuse('POST', '/v1/jobs', body, deployer)
    const rollback = { kind: 'rollback', app, environment: 'staging' }
    expect(await api.call('POST', '/v1/jobs', { body: rollback, token: deployer })).toMatchObject({ status: 202 })
  })

  test('for a credential that is to go to two hosts, with a command that names both', async () => {
    await declare('both', { image: { credential: undefined } })
    await store('GIT', '?app=both')
    const { faults } = await refuse('PUT', '/v1/apps/both', specOf('both', { image: { credential: 'GIT' } }))
    const command = `stevedore secret set GIT --app both --host git.example.com --host ${registry}`
    expect(faults).toMatchObject([{ path: ['image', 'credential'], message: expect.stringContaining(command) }])
    await store('GIT', '?app=both', ['git.example.com', registry])
    expect(await declare('both', { image: { credential: 'GIT' } })).toMatchObject({ status: 200 })
  })

  test('for a retry as well', async () => {
    await open('again')
    const { body: job } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'again', push: true } })
    await api.call('POST', `/v1/jobs/${job.id}/cancel`)
    await store('LOGIN', '?app=again', ['new.example.com'])
    await refuse('POST', `/v1/jobs/${job.id}/retry`, {})
  })
})

test('what was stored before there was any binding is bound to where its apps have it sent', async () => {
  const named = (host: string) => ({ image: { registry: host, credential: 'OLD' }, source: { credential: undefined } })
  for (const host of ['one.example.com', 'two.example.com']) await declare(host.slice(0, 3), named(host))
  await store('OLD', '')
  await api.ledger.pool.query(`update secrets set hosts = null where name = 'OLD'`)
  await refuse('PUT', '/v1/apps/one', specOf('one', named('evil.example.com')))
  await declare('one', { image: { credential: undefined }, source: { credential: undefined } })
  expect(await readHosts('OLD', '')).toEqual(['one.example.com', 'two.example.com'])
})
