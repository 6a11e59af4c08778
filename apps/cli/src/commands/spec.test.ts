import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exitStatus } from '../exit.ts'
import { run } from '../run.ts'
import { answerJson, startStubApi } from '../testing/stub-api.ts'

let printed: string[] = []
beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(String(text)))
})
afterEach(() => vi.restoreAllMocks())

const declared = { app: 'shop', declaredBy: 'token:ann', declaredAt: '2026-03-01T12:00:00.000Z' }
const versionOf = (specVersion: number) => ({
  ...declared,
  specVersion,
  spec: { app: 'shop', retain: { images: specVersion } },
})
const asked: string[] = []

async function spec(...words: string[]): Promise<string> {
  printed = []
  await using api = await startStubApi({
    'GET /v1/apps/shop': (_request, reply) => answerJson(reply, versionOf(4)),
    'GET /v1/apps/shop/spec-versions/2': (_request, reply) => answerJson(reply, versionOf(2)),
    'GET /v1/apps/shop/spec-versions': (_request, reply) =>
      answerJson(reply, { items: [4, 3].map((specVersion) => ({ ...declared, specVersion })), next: null }),
    'GET /v1/apps/shop/compare': ({ url = '' }, reply) => {
      asked.push(url)
      const changes = [{ path: 'environments.staging.env.MODE', from: null, to: '\u001b]0;owned\u0007' }]
      answerJson(reply, { from: 2, to: 4, changes })
    },
  })
  expect(await run(['spec', 'shop', '--url', api.url, ...words])).toBe(0)
  return printed.join('\n')
}

test('the spec that holds, or that of a version, is printed as one would write it', async () => {
  expect(await spec()).toBe('app: shop\nretain:\n  images: 4')
  expect(await spec('--version', '2')).toBe('app: shop\nretain:\n  images: 2')
  expect(JSON.parse(await spec('--version', '2', '--json'))).toEqual(versionOf(2))
})

test('its versions are listed', async () => {
  const [headline, ...rows] = (await spec('--versions')).split('\n')
  expect(headline).toMatch(/VERSION +DECLARED +BY/)
  expect(rows.map((row) => row.split(/ {2,}/).map((cell) => cell.trim()))).toEqual([
    ['4', expect.stringContaining('2026-03-01'), 'token:ann'],
    ['3', expect.stringContaining('2026-03-01'), 'token:ann'],
  ])
})

test('a version is held against the one that holds, or against the one that is named', async () => {
  const text = await spec('--diff', '2')
  expect(text).toMatch(/WHAT +v2 +v4/)
  expect(text).toMatch(/environments\.staging\.env\.MODE +- +\\u001b]0;owned\\u0007/)
  await spec('--version', '3', '--diff', '2')
  expect(asked).toEqual(['/v1/apps/shop/compare?from=2&to=4', '/v1/apps/shop/compare?from=2&to=3'])
})

test('what does not go together is refused before anything is asked', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  const url = ['--url', 'http://127.0.0.1:1']
  expect(await run(['spec', 'shop', '--versions', '--diff', '2', ...url])).toBe(exitStatus.usage)
  expect(await run(['spec', 'shop', '--version', 'two', ...url])).toBe(exitStatus.usage)
})
