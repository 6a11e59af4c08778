import { once } from 'node:events'
import { FailureError } from '@stevedore/contract'
import type { DeployEngine } from '@stevedore/engine'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { playBuild, playDeploy } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
const path = '/v1/apps/shop/environments/staging/logs'

beforeAll(async () => {
  stage = await openWorkerStage()
  for (const app of ['shop', 'other']) await stage.api.call('PUT', `/v1/apps/${app}`, { body: sampleSpec(app) })
  await playBuild(stage.api)
  await playDeploy(stage.api)
  await stage.startWorker()
})
afterAll(() => stage.close())

/** What the app says from now on. */
function say(logs: DeployEngine['logs']): void {
  const { deploy } = stage.engines
  deploy.docker = { ...deploy.docker, logs }
}

const countWatches = async () => (await stage.api.ledger.pool.query('select from log_watches')).rowCount

test('gives the last lines of what runs', async () => {
  say(async function* ({ app, environment }, { follow, tailLines }) {
    yield* ['one', 'two', `${app} ${environment} ${follow}`].slice(-tailLines)
  })
  const { status, text } = await stage.api.call('GET', `${path}?tail=2`)
  expect({ status, text }).toEqual({ status: 200, text: 'two\nshop staging false\n' })
  expect(await countWatches()).toBe(0)
})

test('gives those of one process, and refuses one that the environment does not run', async () => {
  const asked: (string | undefined)[] = []
  say(async function* (_place, { process }) {
    asked.push(process)
    yield `of ${process}`
  })
  expect((await stage.api.call('GET', `${path}?process=web`)).text).toBe('of web\n')
  expect((await stage.api.call('GET', path)).text).toBe('of undefined\n')
  const refused = await stage.api.call('GET', `${path}?process=wep`)
  expect(refused).toMatchObject({ status: 404, body: { type: '/problems/not-found' } })
  expect(refused.body.detail).toContain('no process or companion named wep, did you mean web?')
  expect((await stage.api.call('GET', `${path}?process=constructor`)).body.detail).toMatch(/; it has web$/)
  expect((await stage.api.call('GET', `${path}?process=-`)).status).toBe(422)
  expect(asked).toEqual(['web', undefined])
})

test('follows until the reader leaves, and then nobody serves it any more', async () => {
  const said = new EventTarget()
  const left = vi.fn()
  say(async function* (_place, _options, signal) {
    signal.addEventListener('abort', left)
    yield 'one'
    await once(said, 'line', { signal })
    yield 'two'
    await once(said, 'never', { signal })
  })
  const reader = new AbortController()
  const { body } = await fetch(`${stage.api.address}${path}?follow=1`, {
    headers: { authorization: `Bearer ${stage.api.admin}` },
    signal: reader.signal,
  })
  const chunks = body!.pipeThrough(new TextDecoderStream()).getReader()
  expect((await chunks.read()).value).toBe('one\n')
  said.dispatchEvent(new Event('line'))
  expect((await chunks.read()).value).toBe('two\n')
  expect([await countWatches(), left.mock.calls.length]).toEqual([1, 0])
  reader.abort()
  await vi.waitUntil(() => left.mock.calls.length === 1, { timeout: 10_000 })
  await vi.waitUntil(async () => (await countWatches()) === 0, { timeout: 10_000 })
})

test('says why an engine could not give it, after what it gave', async () => {
  say(async function* () {
    yield 'one'
    throw new FailureError('engine-unreachable', { diagnosis: 'no route to the host', detail: 'for the operator' })
  })
  const { text } = await stage.api.call('GET', path)
  expect(text).toMatch(/^one\nstevedore: .*: no route to the host\n$/)
})

test('is empty where nothing was deployed', async () => {
  const { status, text } = await stage.api.call('GET', path.replace('staging', 'production'))
  expect({ status, text }).toEqual({ status: 200, text: '' })
})

test('is only for those whose token reaches the environment', async () => {
  say(async function* () {
    yield 'one'
  })
  const ask = async (scope: { app?: string; environment?: string }) => {
    const token = await stage.api.createToken('viewer', scope)
    return (await stage.api.call('GET', path, { token })).status
  }
  expect(await ask({ app: 'shop', environment: 'staging' })).toBe(200)
  expect(await ask({ app: 'shop', environment: 'production' })).toBe(404)
  expect(await ask({ app: 'other' })).toBe(404)
  expect((await stage.api.call('GET', path, { token: null })).status).toBe(401)
  expect(await countWatches()).toBe(0)
})
