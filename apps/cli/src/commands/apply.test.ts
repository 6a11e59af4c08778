import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from '../run.ts'
import { answerJson, answerProblem, jobId, startStubApi } from '../testing/stub-api.ts'

const home = process.cwd()
let dir: string
let printed: string[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stevedore-apply-'))
  process.chdir(dir)
  printed = []
  for (const way of ['log', 'error'] as const)
    vi.spyOn(console, way).mockImplementation((text) => void printed.push(String(text)))
})
afterEach(async () => {
  vi.restoreAllMocks()
  process.chdir(home)
  await rm(dir, { recursive: true })
})

const file = () => join(dir, 'stevedore.yaml')
const two = 'x-port: 1\napps:\n  api: { source: { path: api } }\n  web: { source: { path: web } }\n'

test('several apps are declared by one request, and of each it is said what was made of it', async () => {
  await writeFile(file(), two)
  const bodies: unknown[] = []
  const items = [
    { app: 'api', outcome: 'created', specVersion: 1 },
    { app: 'web', outcome: 'unchanged', specVersion: 4 },
  ]
  await using api = await startStubApi({
    'PUT /v1/apps': (_request, reply, body) => {
      bodies.push(JSON.parse(body))
      answerJson(reply, { items })
    },
  })
  expect(await run(['apply', '-f', file(), '--url', api.url])).toBe(0)
  expect(bodies).toEqual([{ apps: { api: { source: { path: 'api' } }, web: { source: { path: 'web' } } } }])
  expect(printed).toEqual(['api created (spec version 1)', 'web unchanged (spec version 4)'])
  printed = []
  expect(await run(['apply', '-f', file(), '--json', '--url', api.url])).toBe(0)
  expect(JSON.parse(printed.join(''))).toEqual({ items })
})

test('what is wrong with one of them is told with its place in the file', async () => {
  await writeFile(file(), two)
  const faults = [
    { path: ['apps', 'web', 'environments', 'production', 'replicas'], code: 'too-small', message: 'bad' },
  ]
  await using api = await startStubApi({
    'PUT /v1/apps': (_request, reply) => answerProblem(reply, 422, 'validation-failed', { faults }),
  })
  expect(await run(['apply', '-f', file(), '--url', api.url])).not.toBe(0)
  expect(printed.join('\n')).toContain('apps.web.environments.production.replicas: bad')
})

test('of several apps the one to build is named, and it may be by its name alone', async () => {
  await writeFile(file(), two)
  await writeFile(join(dir, 'Dockerfile'), 'FROM scratch\n')
  const requests: unknown[] = []
  const uploads: string[] = []
  await using api = await startStubApi({
    'GET /v1/apps/web': (_request, reply) =>
      answerJson(reply, { spec: { app: 'web', source: { path: '.' }, build: { dockerfile: 'Dockerfile' } } }),
    'POST /v1/apps/web/uploads': (_request, reply, body) => {
      uploads.push(body)
      answerJson(reply, { id: jobId, bytes: 1 }, 201)
    },
    'POST /v1/jobs': (_request, reply, body) => {
      requests.push(JSON.parse(body))
      answerJson(reply, { id: jobId }, 202)
    },
  })
  const common = ['--version=1', '--detach', '--url', api.url]
  expect(await run(['build', 'web', ...common])).toBe(0)
  expect(await run(['build', 'web', 'testing', ...common])).toBe(0)
  expect(requests).toMatchObject([{ app: 'web' }, { app: 'web', target: 'testing' }])
  expect(uploads).toHaveLength(2)
  for (const words of [[], ['production'], ['all']]) {
    printed = []
    expect(await run(['build', ...words, ...common])).toBe(2)
    expect(printed.join('\n')).toContain('has several apps: api, web')
    expect(printed.join('\n')).toContain(['stevedore build api', ...words].join(' '))
  }
})

test('the last job is that of any of them', async () => {
  await writeFile(file(), two)
  const at: Record<string, string> = { api: '2026-03-01T12:00:00.000Z', web: '2026-03-01T12:00:01.000Z' }
  const cancelled: string[] = []
  await using api = await startStubApi({
    'GET /v1/jobs': ({ url = '' }, reply) => {
      const app = new URL(url, 'http://x').searchParams.get('app') ?? ''
      answerJson(reply, { items: [{ id: `${app}-${jobId}`.slice(0, 36), createdAt: at[app] }], next: null })
    },
    [`POST /v1/jobs/${`web-${jobId}`.slice(0, 36)}/cancel`]: (_request, reply) => {
      cancelled.push('web')
      answerJson(reply, { id: jobId, state: 'cancelled' }, 202)
    },
  })
  await run(['cancel', 'last', '--json', '--url', api.url])
  expect(cancelled).toEqual(['web'])
})
