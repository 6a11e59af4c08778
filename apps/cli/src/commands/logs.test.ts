import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from '../run.ts'
import { answerProblem, startStubApi } from '../testing/stub-api.ts'

let printed: string[] = []
const { isTTY } = process.stdout
const isTerminal = (is: boolean) => Object.assign(process.stdout, { isTTY: is })

beforeEach(() => {
  printed = []
  isTerminal(false)
  const print = (text: unknown) => printed.push(String(text)) > 0
  for (const name of ['log', 'error'] as const) vi.spyOn(console, name).mockImplementation(print)
  vi.spyOn(process.stdout, 'write').mockImplementation(print)
})
afterEach(() => {
  vi.restoreAllMocks()
  isTerminal(isTTY)
})

test('what the server tells of others is given to a terminal without anything to obey, and --raw to a file as it is', async () => {
  const output = '\x1b[32mok\x1b[0m \x1b]52;c;ZXZpbA==\x07 \x9b2J\n'
  const shown = '\x1b[32mok\x1b[0m \\u001b]52;c;ZXZpbA==\\u0007 \\u009b2J\n'
  const hostile = '\x1b]52;c;ZXZpbA==\x07\u202e'
  await using api = await startStubApi({
    'GET /v1/apps/shop/environments/staging/logs': (_request, reply) => void reply.writeHead(200).end(output),
    'GET /v1/apps': (_request, reply) => answerProblem(reply, 409, 'conflict', { detail: hostile }),
  })
  const logs = ['logs', 'shop', 'staging', '--url', api.url]
  for (const more of [[], ['--raw'], ['--json']]) expect(await run([...logs, ...more])).toBe(0)
  expect(printed).toEqual([shown, output, expect.not.stringMatching(/(?!\n)\p{Cc}/u)])
  expect(JSON.parse(printed[2]!)).toEqual({ line: output.trimEnd() })
  isTerminal(true)
  expect(await run([...logs, '--raw'])).toBe(2)
  printed = []
  await run(['status', '--url', api.url])
  expect(printed.join('')).toContain('\\u001b]52;c;ZXZpbA==\\u0007\\u202e')
  expect(printed.join('')).not.toContain('\x07')
})

test('a process is asked for of an environment, and of nothing else', async () => {
  let asked = ''
  await using api = await startStubApi({
    'GET /v1/apps/shop/environments/staging/logs': (request, reply) => {
      asked = request.url ?? ''
      reply.writeHead(200).end('one\n')
    },
  })
  expect(await run(['logs', 'shop', 'staging', '--process', 'worker', '--url', api.url])).toBe(0)
  expect(new URL(asked, api.url).searchParams.get('process')).toBe('worker')
  expect(await run(['logs', 'last', '--process', 'worker', '--url', api.url])).toBe(2)
  expect(printed.at(-1)).toContain('stevedore logs APP ENVIRONMENT --process NAME')
})
