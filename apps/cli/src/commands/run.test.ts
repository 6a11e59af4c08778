import type { ResultByKind } from '@stevedore/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from '../run.ts'
import { makeEvent } from '../testing/make-event.ts'
import { answerJson, jobId, makeJob, startStubApi } from '../testing/stub-api.ts'

let printed: string[] = []

beforeEach(() => {
  printed = []
  const print = (text: unknown) => printed.push(String(text)) > 0
  for (const name of ['log', 'error'] as const) vi.spyOn(console, name).mockImplementation(print)
  vi.spyOn(process.stdout, 'write').mockImplementation(print)
})
afterEach(() => {
  vi.restoreAllMocks()
})

type RunResult = ResultByKind['run']

const words = ['sh', '-c', 'echo it’s --done; exit 3', '--', '--json']
const request = { kind: 'run', app: 'shop', environment: 'staging', command: words, timeout: '10m' } as const

/** A command that ended with 3, or one of which that is not known. */
function startApi(requests: string[], result: RunResult | null = { exitCode: 3, revision: 2, version: '1.2.0' }) {
  const error = { code: 'command-failed', message: 'The command failed', remedy: 'Read its output.', diagnosis: null }
  const job = makeJob({ kind: 'run', request, state: 'failed', error, result })
  const end = makeEvent('job.failed', { code: 'command-failed' })
  return startStubApi({
    'POST /v1/apps/shop/environments/staging/runs': (_request, reply, body) => {
      requests.push(Buffer.from(body, 'latin1').toString())
      answerJson(reply, job, 202)
    },
    [`GET /v1/jobs/${jobId}`]: (_request, reply) => answerJson(reply, job),
    [`GET /v1/jobs/${jobId}/events`]: (_request, reply) => {
      reply.writeHead(200, { 'content-type': 'text/event-stream' })
      reply.end(`id: 1\ndata: ${JSON.stringify(end)}\n\n`)
    },
    [`GET /v1/jobs/${jobId}/logs`]: (_request, reply) => void reply.writeHead(200).end('it’s done\n'),
  })
}

test('what stands behind -- goes out word by word, and the command’s own exit status comes back', async () => {
  const requests: string[] = []
  await using api = await startApi(requests)
  expect(await run(['run', 'shop', 'staging', '--timeout', '10m', '--url', api.url, '--', ...words])).toBe(3)
  expect(JSON.parse(requests[0]!)).toEqual({ command: words, timeout: '10m' })
  expect(printed.join('')).toMatch(/it’s done[\s\S]*exit status 3, in revision 2 \(1\.2\.0\)/)
})

test('one without an exit status ends with 1, one that is left with 0, and none with 2', async () => {
  await using api = await startApi([], null)
  const staging = ['run', 'shop', 'staging', '--url', api.url]
  expect(await run([...staging, '--', 'true'])).toBe(1)
  expect(await run([...staging, '--detach', '--', 'true'])).toBe(0)
  expect(printed.at(-1)).toBe(jobId)
  expect(await run(staging)).toBe(2)
  expect(printed.at(-1)).toContain('--schedule NAME')
  expect(await run(['run', 'shop', 'staging', 'rake', '--trace', '--url', api.url])).toBe(2)
})

test('what a schedule runs is asked for by its name alone', async () => {
  const requests: string[] = []
  await using api = await startApi(requests)
  expect(await run(['run', 'shop', 'staging', '--schedule', 'backup', '--detach', '--url', api.url])).toBe(0)
  expect(JSON.parse(requests[0]!)).toEqual({ schedule: 'backup' })
})

test('the process goes out as it is given, and a terminal is lent where there is one alone', async () => {
  const requests: string[] = []
  await using api = await startApi(requests)
  const staging = ['run', 'shop', 'staging', '--url', api.url]
  expect(await run([...staging, '--process', 'queue', '--detach', '--', 'true'])).toBe(0)
  expect(JSON.parse(requests[0]!)).toEqual({ command: ['true'], process: 'queue' })
  for (const flags of [['-it'], ['--interactive'], ['-t', '--json'], ['-i', '--detach']])
    expect(await run([...staging, ...flags, '--', 'sh'])).toBe(2)
  expect(printed.join('')).toContain('takes a terminal')
  expect(printed.join('')).toContain('goes with neither --detach nor --json')
  expect(requests).toHaveLength(1)
})
