import { afterEach, expect, test, vi } from 'vitest'
import { run } from '../run.ts'
import { answerJson, answerProblem, type Handle, startStubApi } from '../testing/stub-api.ts'

afterEach(() => vi.restoreAllMocks())

const lacking: Handle = (_request, reply) =>
  answerProblem(reply, 404, 'not-found', { detail: 'There is no such thing here, or it is not for you to see.' })

test('of what has a number it is said what is not there, and never that a name which is there was meant', async () => {
  const said: string[] = []
  vi.spyOn(console, 'error').mockImplementation((text) => void said.push(String(text)))
  const apps = { items: [{ app: 'shop', spec: { environments: { staging: {} } } }], next: null }
  await using api = await startStubApi({
    'GET /v1/apps': (_request, reply) => answerJson(reply, apps),
    'GET /v1/apps/shop': (_request, reply) => answerJson(reply, { app: 'shop', specVersion: 3 }),
    'GET /v1/apps/shop/environments/staging/compare': lacking,
    'GET /v1/apps/shop/spec-versions/9': lacking,
    'GET /v1/apps/shop/compare': lacking,
    'POST /v1/apps/shop/deliveries/9/redeliver': lacking,
  })
  const commands = ['compare shop staging 1 9', 'spec shop --version 9', 'spec shop --diff 9']
  for (const words of [...commands, 'deliveries shop redeliver 9'])
    expect(await run([...words.split(' '), '--url', api.url])).toBe(2)
  expect(said.filter((line) => line.startsWith('There is'))).toEqual([
    'There is no revision of shop staging with the number 1, or none with 9, or it is not for you to see.',
    'There is no version of the spec of shop with the number 9, or it is not for you to see.',
    'There is no version of the spec of shop with the number 9, or none with 3, or it is not for you to see.',
    'There is no webhook of shop with the number 9, or it is not for you to see.',
  ])
})
