import { expect, test } from 'vitest'
import { parseToldServers, type ServerStat } from './admin-tables.ts'
import { isIdle } from './idle.ts'
import type { Route } from './route.ts'

const route: Route = {
  app: 'shop',
  environment: 'staging',
  host: 'shop.test',
  sticky: false,
  traffic: {},
  servers: [],
}
const table = (name: string, sessions: number) => `# pxname,svname,scur,\nhost.shop.test,${name},${sessions},\n\n`
const idle = table('r1-1', 0)
const unknown = 'No such proxy.\n'
const gone = "Can't find the target PID matching the prefix '@!8'\n"

/** @param texts what HAProxy says of the backend: its newest process, then old ones */
function ask(texts: string[], ageSeconds = 60) {
  const [newest, ...old] = texts.map((text) => parseToldServers(text))
  const asked: number[] = []
  const admin = {
    look: async () => ({
      workers: { newest: 100, ageSeconds, old: old.map((_, index) => index) },
      servers: undefined,
      told: newest,
    }),
    listToldServers: async (pid: number): Promise<ServerStat[] | undefined> => {
      asked.push(pid)
      return old[pid]
    },
  }
  return { asked, answer: isIdle(admin, route, ['r1-1'], new AbortController().signal) }
}

test.each([
  ['no process has a request', [idle, idle], true],
  ['others are busy', [table('r2-1', 5)], true],
  ['the newest has one', [table('r1-1', 1)], false],
  ['the last resort has one', [table('r1-1.last-resort', 1)], false],
  ['an old one has one', [idle, idle, table('r1-1', 1)], false],
  ['the newest does not know the backend', [unknown, idle], true],
  ['an old one does not know the backend', [idle, unknown], true],
  ['an old one has ended', [idle, gone], true],
  ['the newest does not say', ['', idle], false],
  ['there is no newest yet', ["Can't find the target PID matching the prefix '@1'\n", idle], false],
  ['an old one does not say', [idle, ''], false],
  ['an old one says something else', [idle, "Can't connect to the target CLI!\n"], false],
])('servers are known to be idle or not: %s', async (_, texts, expected) => {
  expect(await ask(texts).answer).toBe(expected)
})

test('while a client of an old process may still send a request, nobody is asked', async () => {
  const { answer, asked } = ask([idle, idle], 5)
  expect(await answer).toBe(false)
  expect(asked).toEqual([])
})

test('the first that is not idle is enough', async () => {
  const { answer, asked } = ask([idle, '', idle])
  expect(await answer).toBe(false)
  expect(asked).toEqual([0])
})
