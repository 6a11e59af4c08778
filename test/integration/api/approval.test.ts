import { controlVerbs } from '@stevedore/contract/words'
import { createToken, listAudit } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { by, claim, finish, playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
let image: string
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  image = await playBuild(api)
})
afterAll(() => api.close())

const deploy = { kind: 'deploy', app: 'shop', environment: 'production', version: '1.0.0' }
const ask = async (token: string, body: object = deploy) => (await api.call('POST', '/v1/jobs', { token, body })).body
const approve = (id: string, token: string, body?: object) =>
  api.call('POST', `/v1/jobs/${id}/approve`, { token, ...(body && { body }) })
const read = async (id: string) => (await api.call('GET', `/v1/jobs/${id}`)).body

let made = 0
async function tokenOf(person: string | undefined, name = `t${made++}`): Promise<string> {
  return (await createToken(api.ledger, { name, role: 'admin', ...(person && { person }), by })).token
}

describe('who asked for a job does not approve it', () => {
  test.each<[string, () => Promise<[asks: string, approves: string]>]>([
    [
      'by the same token',
      async () => {
        const own = await tokenOf(undefined)
        return [own, own]
      },
    ],
    ['by another token of the same person', async () => [await tokenOf('Ada'), await tokenOf('ada')]],
    ['where one token has the name of the person', async () => [await tokenOf(undefined, 'eve'), await tokenOf('eve')]],
    ['where the other has it', async () => [await tokenOf('mel'), await tokenOf(undefined, 'mel')]],
    [
      'by a new token of the same name',
      async () => {
        const created = await createToken(api.ledger, { name: 'again', role: 'admin', by })
        await api.call('DELETE', `/v1/tokens/${created.record.id}`)
        const before = await tokenOf('zoe', 'zoe-laptop')
        return [before, await tokenOf('zoe', 'again')]
      },
    ],
  ])('%s', async (_how, makeTokens) => {
    const [asks, approves] = await makeTokens()
    const job = await ask(asks)
    expect(job).toMatchObject({ state: 'waiting', waitingFor: 'approval' })
    const answer = await approve(job.id, approves)
    expect(answer).toMatchObject({ status: 403, body: { type: '/problems/self-approval' } })
    expect(answer.body.detail).toContain(`stevedore approve ${job.id}`)
    expect(answer.body.detail).toContain('stevedore token create')
    expect(answer.body.detail).toContain('selfApproval: true')
    expect(await read(job.id)).toMatchObject({ waitingFor: 'approval', attempt: 0 })
    expect(await approve(job.id, await tokenOf('another'))).toMatchObject({ status: 202 })
    await finish(api, await claim(api, job.id))
  })

  test('a token that is revoked since has still asked', async () => {
    const { token, record } = await createToken(api.ledger, { name: 'gone', role: 'admin', person: 'pat', by })
    const job = await ask(token)
    await api.call('DELETE', `/v1/tokens/${record.id}`)
    expect(await approve(job.id, await tokenOf('pat'))).toMatchObject({ status: 403 })
    expect(await api.call('POST', `/v1/jobs/${job.id}/reject`, { token: await tokenOf('pat') })).toMatchObject({
      status: 202,
      body: { state: 'failed' },
    })
  })

  test.each(controlVerbs.filter((verb) => verb !== 'approve'))(
    '%s lets no deploy go on that waits for it',
    async (verb) => {
      const own = await tokenOf('ray')
      const job = await ask(own)
      await api.call('POST', `/v1/jobs/${job.id}/${verb}`, { token: own })
      expect(['waiting', 'failed', 'cancelled']).toContain((await read(job.id)).state)
      expect((await read(job.id)).attempt).toBe(0)
    },
  )

  test('a retry asks anew: whoever retries does not approve it', async () => {
    const own = await tokenOf('kim')
    const job = await ask(await tokenOf('lou'))
    await api.call('POST', `/v1/jobs/${job.id}/cancel`)
    const retried = (await api.call('POST', `/v1/jobs/${job.id}/retry`, { token: own })).body
    expect(retried).toMatchObject({ waitingFor: 'approval' })
    expect(await approve(retried.id, own)).toMatchObject({ status: 403 })
    expect(await approve(retried.id, await tokenOf('lou'))).toMatchObject({ status: 202 })
    await finish(api, await claim(api, retried.id))
  })

  test.each([
    ['that needed none', { approval: undefined }],
    ['that one could approve oneself', { selfApproval: true }],
  ])('a retry of a deploy %s is judged by the rules of now', async (_what, before) => {
    const { spec } = (await api.call('GET', '/v1/apps/shop')).body
    const { production } = spec.environments
    const declare = (more: object) =>
      api.call('PUT', '/v1/apps/shop', {
        body: { ...spec, environments: { ...spec.environments, production: { ...production, ...more } } },
      })
    expect(await declare(before)).toMatchObject({ status: 200 })
    const own = await tokenOf('ivo')
    const job = await ask(own)
    await api.call('POST', `/v1/jobs/${job.id}/cancel`)
    expect(await declare({})).toMatchObject({ status: 200 })
    const retried = (await api.call('POST', `/v1/jobs/${job.id}/retry`, { token: own })).body
    expect(retried).toMatchObject({ waitingFor: 'approval' })
    expect(await approve(retried.id, own)).toMatchObject({ status: 403, body: { type: '/problems/self-approval' } })
    await api.call('POST', `/v1/jobs/${retried.id}/cancel`)
  })

  test('a removal waits for another person as well', async () => {
    await playDeploy(api, { environment: 'production' })
    const own = await tokenOf('rem')
    const job = await ask(own, { kind: 'deploy', app: 'shop', environment: 'production', remove: true })
    expect(await approve(job.id, own)).toMatchObject({ status: 403, body: { type: '/problems/self-approval' } })
    await api.call('POST', `/v1/jobs/${job.id}/cancel`)
  })

  test('with selfApproval it may: as the spec said when the job was recorded', async () => {
    const spec = sampleSpec('solo')
    const production = { engine: 'docker' as const, host: 'solo.example.com', approval: 'required' as const }
    const put = (settings: object) =>
      api.call('PUT', '/v1/apps/solo', { body: { ...spec, environments: { production: settings } } })
    await put({ ...production, selfApproval: true })
    await playBuild(api, { app: 'solo' })
    const own = await tokenOf('ida')
    const one = await ask(own, { ...deploy, app: 'solo' })
    expect(await approve(one.id, own)).toMatchObject({ status: 202, body: { state: 'queued' } })
    await finish(api, await claim(api, one.id))
    await put(production)
    const later = await ask(own, { ...deploy, app: 'solo' })
    expect(await approve(later.id, own)).toMatchObject({ status: 403 })
  })
})

describe('what is approved is what is deployed', () => {
  test('a job shows its image and the version of its spec, and an approval may name them', async () => {
    const job = await ask(await tokenOf('una'))
    const { specVersion } = (await api.call('GET', '/v1/apps/shop')).body
    expect(job).toMatchObject({ image, specVersion })
    const other = await tokenOf('val')
    const outdated = [
      { image: image.replace(/.$/, 'f'), specVersion },
      { image: null },
      { image, specVersion: specVersion + 1 },
      { specVersion: specVersion + 1 },
    ]
    for (const seen of outdated) {
      const answer = await approve(job.id, other, seen)
      expect(answer, JSON.stringify(seen)).toMatchObject({ status: 409, body: { type: '/problems/approval-outdated' } })
      expect(answer.body.detail).toContain(`${image} by version ${specVersion} of the spec`)
    }
    expect(await read(job.id)).toMatchObject({ waitingFor: 'approval' })
    expect(await approve(job.id, other, { image, specVersion })).toMatchObject({ status: 202 })
    await finish(api, await claim(api, job.id))
    const [entry] = (await listAudit(api.ledger, { action: 'job.approve', limit: 1_000 })).slice(-1)
    expect(entry).toMatchObject({ jobId: job.id, detail: { image, specVersion } })
  })

  test('a spec that is declared meanwhile changes nothing of what was approved', async () => {
    const spec = sampleSpec()
    const job = await ask(await tokenOf('wim'))
    const production = { ...spec.environments?.production, env: { LEVEL: 'other' } }
    await api.call('PUT', '/v1/apps/shop', { body: { ...spec, environments: { ...spec.environments, production } } })
    await playBuild(api, { version: '9.0.0' })
    await approve(job.id, await tokenOf('xia'))
    const claimed = await claim(api, job.id)
    expect(claimed).toMatchObject({ specVersion: job.specVersion, resolved: { image } })
    await finish(api, claimed)
  })
})

describe('an approval is loosened by a server-wide administrator alone', () => {
  const guarded = { engine: 'docker', host: 'lax.example.com', approval: 'required' }
  const free = { engine: 'docker', host: 'dev.example.com' }
  const specOf = (environments: object) => ({ app: 'lax', environments })
  let own: string
  beforeAll(async () => {
    await api.call('PUT', '/v1/apps/lax', { body: specOf({ production: guarded, free }) })
    own = await api.createToken('admin', { app: 'lax' })
  })

  test.each<[string, object, (string | number)[]]>([
    [
      'leaving it out',
      { production: { ...guarded, approval: undefined }, free },
      ['environments', 'production', 'approval'],
    ],
    ['saying none', { production: { ...guarded, approval: 'none' }, free }, ['environments', 'production', 'approval']],
    [
      'selfApproval',
      { production: { ...guarded, selfApproval: true }, free },
      ['environments', 'production', 'selfApproval'],
    ],
    [
      'selfApproval of a new environment',
      { production: guarded, free, next: { engine: 'docker', port: 9_321, approval: 'required', selfApproval: true } },
      ['environments', 'next', 'selfApproval'],
    ],
    ['taking the environment out', { free }, ['environments', 'production']],
    [
      'another engine',
      { production: { engine: 'docker', port: 9_322 }, free },
      ['environments', 'production', 'approval'],
    ],
  ])('%s', async (_how, environments, path) => {
    const before = (await api.call('GET', '/v1/apps/lax')).body
    const answer = await api.call('PUT', '/v1/apps/lax', { token: own, body: specOf(environments) })
    expect(answer).toMatchObject({ status: 403, body: { type: '/problems/approval-loosened', faults: [{ path }] } })
    expect(answer.body.detail).toContain('server-wide administrator')
    expect((await api.call('GET', '/v1/apps/lax')).body).toEqual(before)
  })

  test('to retire the app and declare it anew is no way around', async () => {
    expect((await api.call('DELETE', '/v1/apps/lax', { token: own })).status).toBe(204)
    const loosened = specOf({ production: { ...guarded, approval: 'none' }, free })
    expect(await api.call('PUT', '/v1/apps/lax', { token: own, body: loosened })).toMatchObject({ status: 403 })
    expect(
      await api.call('PUT', '/v1/apps/lax', { token: own, body: specOf({ production: guarded, free }) }),
    ).toMatchObject({
      status: 201,
    })
  })

  test('everything else is the app’s own, and a server-wide administrator may', async () => {
    const stricter = specOf({ production: { ...guarded, replicas: 2 }, free: { ...free, approval: 'required' } })
    expect(await api.call('PUT', '/v1/apps/lax', { token: own, body: stricter })).toMatchObject({ status: 200 })
    expect(await api.call('PUT', '/v1/apps/lax', { body: specOf({ free }) })).toMatchObject({ status: 200 })
  })
})
