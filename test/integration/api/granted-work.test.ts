import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

let made = 0
const nameApp = () => `job${made++}`
const put = (app: string, spec: object, token?: string) =>
  api.call('PUT', `/v1/apps/${app}`, { body: { app, ...spec }, ...(token && { token }) })
const post = (body: object, token?: string) => api.call('POST', '/v1/jobs', { body, ...(token && { token }) })
const image = (registry: string, name: string) => ({ image: { registry, name } })
const cluster = (namespace: string) => ({ environments: { production: { engine: 'kubernetes', namespace } } })

test('what a deploy was admitted with stays the app’s until it is over', async () => {
  const [first, second] = [nameApp(), nameApp()]
  const withHost = (app: string, host: string) => ({
    ...sampleSpec(app),
    environments: { production: { engine: 'docker', host, approval: 'required' } },
  })
  await put(first, withHost(first, 'held.test'))
  await playBuild(api, { app: first })
  const { body: job } = await post({ kind: 'deploy', app: first, environment: 'production', version: '1.0.0' })
  expect(job).toMatchObject({ waitingFor: 'approval' })
  await put(first, withHost(first, 'next.test'))
  expect(await put(second, withHost(second, 'held.test'))).toMatchObject({ status: 403 })
  await api.call('POST', `/v1/jobs/${job.id}/cancel`)
  expect(await put(second, withHost(second, 'held.test'))).toMatchObject({ status: 201 })
})

describe('work is judged as well: a spec or a revision may be older than what others have by now', () => {
  test('a push to another app’s repository by --registry', async () => {
    const [first, second] = [nameApp(), nameApp()]
    await put(first, image('ghcr.io', 'acme/pushed'))
    await put(second, {
      source: { git: 'https://git.example.com/a/b.git' },
      ...image('registry.example.com', 'acme/pushed'),
    })
    const token = await api.createToken('deployer', { app: second })
    const build = { kind: 'build', app: second, push: true, registry: 'ghcr.io' }
    expect(await post(build, token)).toMatchObject({ status: 403, body: { type: '/problems/not-granted' } })
    expect(await post({ ...build, registry: 'registry.example.com' }, token)).toMatchObject({ status: 202 })
  })

  test('a deploy by digest of a repository that is another app’s', async () => {
    const [first, second] = [nameApp(), nameApp()]
    await put(first, sampleSpec(first))
    const foreign = await playBuild(api, { app: first })
    await put(second, sampleSpec(second))
    const token = await api.createToken('admin', { app: second })
    const deploy = { kind: 'deploy', app: second, environment: 'staging', image: foreign }
    expect((await post(deploy, token)).status).toBe(422)
    const stolen = { ...sampleSpec(second), image: sampleSpec(first).image }
    expect(await put(second, stolen, token)).toMatchObject({ status: 403 })
    expect((await post(deploy, token)).status).toBe(422)
  })

  test('a deploy, a retry and a rollback after the grant was taken back', async () => {
    const [first, second] = [nameApp(), nameApp()]
    const name = `${first}-shared`
    await put(first, cluster(name))
    await api.call('PUT', '/v1/grants', { body: { kind: 'namespace', name, app: second } })
    await put(second, { ...sampleSpec(second), ...cluster(name) })
    await playBuild(api, { app: second })
    await playBuild(api, { app: second, version: '2.0.0' })
    const deploy = { kind: 'deploy', app: second, environment: 'production', version: '1.0.0' }
    await playDeploy(api, { app: second, environment: 'production' })
    await playDeploy(api, { app: second, environment: 'production', version: '2.0.0' })
    const cancelled = (await post(deploy)).body
    await api.call('POST', `/v1/jobs/${cancelled.id}/cancel`)
    const key = new URLSearchParams({ kind: 'namespace', name, app: second })
    expect((await api.call('DELETE', `/v1/grants?${key}`)).status).toBe(204)
    const refusal = { status: 403, body: { type: '/problems/not-granted' } }
    expect(await post(deploy)).toMatchObject(refusal)
    expect(await api.call('POST', `/v1/jobs/${cancelled.id}/retry`)).toMatchObject(refusal)
    expect(await post({ kind: 'rollback', app: second, environment: 'production' })).toMatchObject(refusal)
    // What runs can be taken down.
    expect(await post({ kind: 'deploy', app: second, environment: 'production', remove: true })).toMatchObject({
      status: 202,
    })
  })
})
