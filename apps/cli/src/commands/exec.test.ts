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

const words = ['sh', '-c', 'exit 3', '--', '-it']
const asked = { kind: 'run', app: 'shop', environment: 'staging', command: words, timeout: '10m' } as const
const request = { ...asked, in: 'replica', process: 'queue', replica: 'r2_queue-1' } as const

function startApi(requests: string[]) {
  const error = { code: 'command-failed', message: 'The command failed', remedy: 'Read its output.', diagnosis: null }
  const result = { exitCode: 3, revision: 2, version: '1.2.0', replica: 'r2_queue-1' }
  const job = makeJob({ kind: 'run', request, state: 'failed', error, result })
  return startStubApi({
    'POST /v1/apps/shop/environments/staging/execs': (_request, reply, body) => {
      requests.push(Buffer.from(body, 'latin1').toString())
      answerJson(reply, job, 202)
    },
    [`GET /v1/jobs/${jobId}`]: (_request, reply) => answerJson(reply, job),
    [`GET /v1/jobs/${jobId}/events`]: (_request, reply) => {
      reply.writeHead(200, { 'content-type': 'text/event-stream' })
      reply.end(`id: 1\ndata: ${JSON.stringify(makeEvent('job.failed', { code: 'command-failed' }))}\n\n`)
    },
    [`GET /v1/jobs/${jobId}/logs`]: (_request, reply) => void reply.writeHead(200).end('said\n'),
  })
}

test('words, process and replica go out as they are given, and the command’s own exit status comes back', async () => {
  const requests: string[] = []
  await using api = await startApi(requests)
  const where = ['--process', 'queue', '--replica', 'r2_queue-1', '--timeout', '10m']
  expect(await run(['exec', 'shop', 'staging', ...where, '--url', api.url, '--', ...words])).toBe(3)
  expect(JSON.parse(requests[0]!)).toEqual({ command: words, process: 'queue', replica: 'r2_queue-1', timeout: '10m' })
  expect(printed.join('')).toMatch(/said[\s\S]*exit status 3, in r2_queue-1 of revision 2 \(1\.2\.0\)/)
  expect(printed.join('')).toContain('run in r2_queue-1 of shop staging: sh -c')
})

test('a terminal is lent where there is one, and nothing is asked for where there is none', async () => {
  const requests: string[] = []
  await using api = await startApi(requests)
  for (const flags of [['-it'], ['--interactive'], ['-i'], ['--tty']]) {
    expect(await run(['exec', 'shop', 'staging', ...flags, '--url', api.url, '--', 'sh'])).toBe(2)
    expect(printed.join('')).toContain('takes a terminal')
  }
  expect(await run(['exec', 'shop', 'staging', '-it', '--json', '--url', api.url, '--', 'sh'])).toBe(2)
  expect(await run(['exec', 'shop', 'staging', '--url', api.url])).toBe(2)
  expect(requests).toEqual([])
})
