import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

test('a token is told whose it is, what it may do and whether it reaches everything', async () => {
  const whole = await api.call('GET', '/v1/me')
  expect(whole.body).toMatchObject({ server: true, rights: ['read', 'deploy', 'run', 'exec', 'approve', 'administer'] })
  const request = { name: 'ada of the shop', role: 'approver', person: 'ada', app: 'shop', environment: 'staging' }
  const { token, ...made } = (await api.call('POST', '/v1/tokens', { body: request })).body
  const { body } = await api.call('GET', '/v1/me', { token })
  expect(body).toEqual({
    token: { ...made, lastUsedAt: body.token.lastUsedAt },
    rights: ['read', 'approve'],
    server: false,
  })
  expect(await api.call('GET', '/v1/me', { token: null })).toMatchObject({ status: 401 })
})
