import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const declare = (app: string, args: Record<string, string>) => {
  const spec = sampleSpec(app)
  return api.call('PUT', `/v1/apps/${app}`, { body: { ...spec, build: { ...spec.build, args } } })
}
const store = (path: string, value: string) => api.call('PUT', `/v1/secrets/${path}`, { body: { value } })

test('a secret of others or of all is never confirmed', async () => {
  await store('EVERYBODYS', 'the value of everybody')
  await declare('other', {})
  await store('OTHERS?app=other', 'the value of another app')
  const args = { A: 'the value of everybody', B: 'the value of another app' }
  expect(await declare('shop', args)).toMatchObject({ status: 201 })
})

test('a secret that an app was declared with as a build argument is not stored for it', async () => {
  await declare('shop', { MODE: 'a value that is known', PUBLIC_KEY: 'pk' })
  const refused = await store('LATER?app=shop', 'value that is known')
  expect(refused).toMatchObject({ status: 422, body: { detail: expect.stringContaining('MODE') } })
  expect(await store('LATER?app=shop', 'another value')).toMatchObject({ status: 200 })
})
