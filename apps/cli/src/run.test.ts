import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from './run.ts'
import { makeEvent } from './testing/make-event.ts'
import { answerJson, answerProblem, type Handle, jobId, makeJob, startStubApi } from './testing/stub-api.ts'

let printed: string[] = []

const home = process.cwd()
beforeEach(() => {
  // Where no spec lies that would name an app.
  process.chdir(tmpdir())
  printed = []
  const print = (...texts: unknown[]) => void printed.push(texts.join(' '))
  const write = (text: unknown) => printed.push(String(text)) > 0
  vi.spyOn(console, 'log').mockImplementation(print)
  vi.spyOn(console, 'error').mockImplementation(print)
  vi.spyOn(process.stdout, 'write').mockImplementation(write)
  vi.spyOn(process.stderr, 'write').mockImplementation(write)
})
afterEach(() => {
  process.chdir(home)
  vi.restoreAllMocks()
})

const started = JSON.stringify(makeEvent('job.started', { attempt: 1, workerId: 'w-1' }))
const deployed = {
  revision: 2,
  image: 'ghcr.io/acme/shop@sha256:0',
  version: '1.2.0',
  address: null,
  traffic: { 2: 100 },
}

/** A job that has ended as told. */
function routesOf(over: Parameters<typeof makeJob>[0], requests: string[] = []): Record<string, Handle> {
  const job = makeJob({ finishedAt: '2025-03-01T12:00:09.000Z', ...over })
  return {
    'POST /v1/jobs': (_request, reply, body) => {
      requests.push(body)
      answerJson(reply, makeJob(), 202)
    },
    [`GET /v1/jobs/${jobId}`]: (_request, reply) => answerJson(reply, job),
    [`GET /v1/jobs/${jobId}/events`]: (_request, reply) => void reply.writeHead(200).end(`id: 1\ndata: ${started}\n\n`),
    [`GET /v1/jobs/${jobId}/logs`]: (_request, reply) => void reply.writeHead(200).end('hello from the app\n'),
  }
}

test('a deploy that succeeds ends with 0, after its events and output', async () => {
  const requests: string[] = []
  await using api = await startStubApi(routesOf({ state: 'succeeded', result: deployed }, requests))
  expect(await run(['deploy', 'shop', 'staging', '--version=1.2.0', '--strategy', 'rolling', '--url', api.url])).toBe(0)
  expect(JSON.parse(requests[0]!)).toEqual({
    kind: 'deploy',
    app: 'shop',
    environment: 'staging',
    version: '1.2.0',
    strategy: 'rolling',
  })
  expect(printed.join('')).toMatch(/started[\s\S]*revision 2[\s\S]*succeeded in 8\.0 s/)
  expect(printed.join('')).toContain('hello from the app')
})

test('a job that fails ends with 1 and says what to do', async () => {
  const error = {
    code: 'never-healthy',
    message: 'A replica did not become healthy',
    diagnosis: 'GET /health: 500',
    remedy: 'Check health.path.',
  }
  await using api = await startStubApi(routesOf({ state: 'failed', error }))
  expect(await run(['deploy', 'shop', 'staging', '--url', api.url])).toBe(1)
  expect(printed.join('')).toContain(
    'never-healthy: A replica did not become healthy\n  GET /health: 500\nWhat to do: Check health.path.',
  )
})

test('--json gives the final job as one document', async () => {
  await using api = await startStubApi(routesOf({ state: 'succeeded' }))
  expect(await run(['deploy', 'shop', 'staging', '--json', '--url', api.url])).toBe(0)
  expect(JSON.parse(printed.join(''))).toMatchObject({ id: jobId, state: 'succeeded' })
})

test('--detach prints the id and leaves', async () => {
  await using api = await startStubApi(routesOf({ state: 'running' }))
  expect(await run(['rollback', 'shop', 'staging', '--to-revision', '3', '--detach', '--url', api.url])).toBe(0)
  expect(printed).toEqual([jobId])
})

test('a removal is a deploy job like any other, and says what came of it', async () => {
  const requests: string[] = []
  await using api = await startStubApi(routesOf({ state: 'succeeded', result: { removed: 2 } }, requests))
  expect(await run(['remove', 'shop', 'staging', '--url', api.url])).toBe(0)
  expect(JSON.parse(requests[0]!)).toEqual({ kind: 'deploy', app: 'shop', environment: 'staging', remove: true })
  expect(printed.join('')).toMatch(/the environment is taken down[\s\S]*succeeded/)
})

test.each([['all'], []])('a build from a folder uploads it and names its version, of target %j', async (...target) => {
  const requests: string[] = []
  const uploads: string[] = []
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-cli-'))
  await writeFile(join(dir, 'Dockerfile'), 'FROM scratch\n')
  const upload = '0198c0de-0000-7000-8000-00000000000a'
  await using api = await startStubApi({
    ...routesOf({ state: 'succeeded', kind: 'build' }, requests),
    'GET /v1/apps/shop': (_request, reply) =>
      answerJson(reply, { spec: { app: 'shop', source: { path: '.' }, build: { dockerfile: 'Dockerfile' } } }),
    'POST /v1/apps/shop/uploads': (request, reply, body) => {
      uploads.push(`${request.headers['content-type']} ${body}`)
      answerJson(reply, { id: upload, bytes: 1 }, 201)
    },
  })
  expect(
    await run(['build', 'shop', ...target, '--from', dir, '--version=1.0.0', '--push', '--no-cache', '--url', api.url]),
  ).toBe(0)
  expect(uploads[0]).toMatch(/^application\/x-tar Dockerfile\0[\s\S]*FROM scratch/)
  expect(JSON.parse(requests[0]!)).toEqual({
    kind: 'build',
    app: 'shop',
    ...(target.length > 0 && { target: target[0] }),
    version: '1.0.0',
    push: true,
    noCache: true,
    upload,
  })
  await rm(dir, { recursive: true })
})

test('a broken trail ends with 1 and names the first broken entry', async () => {
  const found = { ok: false, entries: 9, head: 'x', firstBroken: { seq: 4, reason: 'the hash does not match' } }
  await using api = await startStubApi({ 'GET /v1/audit/verify': (_request, reply) => answerJson(reply, found) })
  expect(await run(['audit', 'verify', '--url', api.url])).toBe(1)
  expect(printed.join('')).toContain('broken at entry 4: the hash does not match')
})

test('secrets are listed with their version', async () => {
  const secret = {
    name: 'DATABASE_URL',
    app: 'shop',
    environment: null,
    version: 3,
    fingerprint: 'f1',
    updatedAt: null,
  }
  const page = { items: [secret], next: null }
  await using api = await startStubApi({ 'GET /v1/secrets': (_request, reply) => answerJson(reply, page) })
  expect(await run(['secret', 'list', '--url', api.url])).toBe(0)
  expect(printed.join('')).toMatch(/VERSION[\s\S]*DATABASE_URL +shop +- +3 +f1/)
})

test.each([
  ['no such command', ['frobnicate']],
  ['a missing argument', ['deploy', 'shop']],
  ['an unknown option', ['deploy', 'shop', 'staging', '--frob']],
  ['a value that is not one of the choices', ['deploy', 'shop', 'staging', '--strategy', 'yolo']],
  ['a number that is none', ['rollback', 'shop', 'staging', '--to-revision', 'last']],
  ['an action that the trail does not know', ['audit', '--action', 'job.exploded']],
  ['a name that is none', ['retire', '..']],
  ['too many names', ['build', 'shop', 'production', 'more']],
  ['a spec that is not there', ['apply', '-f', '/nowhere/stevedore.yaml']],
  ['a token in the arguments', ['status', '--token', 'stv_x']],
])('%s is wrong usage: 2', async (_name, argv) => {
  expect(await run(argv)).toBe(2)
  expect(printed.join('')).not.toBe('')
})

test.each([
  [403, 4],
  [401, 4],
  [422, 2],
  [409, 1],
])('a refusal with %i ends with %i', async (status, expected) => {
  await using api = await startStubApi({ 'POST /v1/jobs': (_request, reply) => answerProblem(reply, status, 'x') })
  expect(await run(['deploy', 'shop', 'staging', '--url', api.url])).toBe(expected)
})

test('an environment that is not usable is wrong usage, and says which variable', async () => {
  vi.stubEnv('PORT', 'x')
  expect(await run(['status'])).toBe(2)
  vi.unstubAllEnvs()
  expect(printed.join('')).toContain('PORT must be a whole number')
})

/** `serve`, as another part brings it. */
function bringCommand(action: () => Promise<void>): Command[] {
  return [new Command('serve').action(action)]
}

test('a command that is brought ends with the status and the remedy that its error names', async () => {
  const failure = Object.assign(new Error('The database is lost.'), { status: 1, remedy: 'Bring it back.' })
  expect(
    await run(
      ['serve'],
      bringCommand(() => Promise.reject(failure)),
    ),
  ).toBe(1)
  expect(printed).toEqual(['The database is lost.', 'What to do: Bring it back.'])
})

test('a status of another kind is not one to end with', async () => {
  const strange = Object.assign(new Error('broken'), { status: 503, remedy: 'none' })
  expect(
    await run(
      ['serve'],
      bringCommand(() => Promise.reject(strange)),
    ),
  ).toBe(1)
  expect(printed).toEqual(['stevedore: broken'])
})

test('what fails while things end does not hide why they end', async () => {
  const serve = async () => {
    await using running = new AsyncDisposableStack()
    running.defer(() => Promise.reject(new Error('a part did not end')))
    throw new Error('the cause')
  }
  expect(await run(['serve'], bringCommand(serve))).toBe(1)
  expect(printed).toEqual(['stevedore: the cause'])
})

test('help and the version end with 0', async () => {
  expect(await run(['--help'])).toBe(0)
  expect(await run(['--version'])).toBe(0)
})

const absent = { detail: 'There is no such thing here, or it is not for you to see.' }

test('what is not there is named, with what was probably meant and where to look', async () => {
  const apps = { items: [{ app: 'shop', spec: { environments: { staging: {} } } }], next: null }
  await using api = await startStubApi({
    'GET /v1/apps': (_request, reply) => answerJson(reply, apps),
    'POST /v1/jobs': (_request, reply) => answerProblem(reply, 404, 'not-found', absent),
    'GET /v1/apps/shop/environments/stagign': (_request, reply) => answerProblem(reply, 404, 'not-found', absent),
  })
  expect(await run(['push', 'shpo', '1.0.0', '--url', api.url])).toBe(2)
  expect(await run(['status', 'shop', 'stagign', '--url', api.url])).toBe(2)
  expect(printed).toEqual([
    'There is no app named shpo, or it is not for you to see, did you mean shop?',
    'What to do: `stevedore status` lists what there is.',
    'There is no environment of shop named stagign, or it is not for you to see, did you mean staging?',
    'What to do: `stevedore status shop` lists what there is.',
  ])
})

test('a refusal is one sentence, and several faults are a list under what they are', async () => {
  const fault = (name: string) => ({ path: ['environments', name], code: 'custom', message: 'is wrong' })
  await using api = await startStubApi({
    'GET /v1/apps': (_request, reply) => answerProblem(reply, 409, 'conflict'),
    'GET /v1/apps/one/environments': (_request, reply) => answerProblem(reply, 422, 'x', { faults: [fault('a')] }),
    'GET /v1/apps/two/environments': (_request, reply) =>
      answerProblem(reply, 422, 'x', { faults: [fault('a'), fault('b')] }),
  })
  for (const app of [[], ['one'], ['two']]) await run(['status', ...app, '--url', api.url])
  expect(printed).toEqual([
    'the conflict detail',
    'environments.a: is wrong',
    'x:\n  environments.a: is wrong\n  environments.b: is wrong',
  ])
})

test('a job is named by the beginning of its id, or as the last one', async () => {
  const asked: string[] = []
  const job = makeJob({ state: 'succeeded', finishedAt: '2025-03-01T12:00:09.000Z' })
  await using api = await startStubApi({
    [`GET /v1/jobs/${jobId.slice(0, 8)}`]: (_request, reply) => answerJson(reply, job),
    'GET /v1/jobs': (request, reply) => {
      asked.push(String(request.url))
      answerJson(reply, { items: [job], next: null })
    },
    ...routesOf({ state: 'succeeded' }),
  })
  expect(await run(['logs', jobId.slice(0, 8), '--url', api.url])).toBe(0)
  expect(await run(['logs', 'last', '--json', '--url', api.url])).toBe(0)
  expect(printed).toEqual(['hello from the app\n', '{"line":"hello from the app"}\n'])
  expect(asked).toEqual(['/v1/jobs?limit=1'])
})

test('the trail is shown newest first, and says how to go on', async () => {
  const asked: string[] = []
  await using api = await startStubApi({
    'GET /v1/audit': (request, reply) => {
      asked.push(String(request.url))
      answerJson(reply, { items: [], next: 'c41' })
    },
  })
  expect(await run(['audit', '--cursor', 'c80', '--limit', '20', '--url', api.url])).toBe(0)
  expect(asked).toEqual(['/v1/audit?order=desc&cursor=c80&limit=20'])
  expect(printed.at(-1)).toBe('There is more: the same with --cursor c41')
})

test.each([
  ['a command', ['stauts'], 'status'],
  ['an option', ['deploy', 'shop', 'staging', '--dry-rnu'], '--dry-run'],
])('%s that is misspelt is wrong usage, and says what was probably meant', async (_what, argv, meant) => {
  expect(await run(argv)).toBe(2)
  expect(printed.join('')).toMatch(new RegExp(`did you mean ${meant}`, 'i'))
})
