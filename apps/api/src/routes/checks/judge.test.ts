import { expect, test } from 'vitest'
import { judgeDatabase } from './check-database.ts'
import { judgeMasterKey } from './check-master-key.ts'
import { judgeRedis } from './check-redis.ts'

const at = new Date('2026-01-01T00:00:00Z')
const database = {
  ...{ version: '15.6 (Debian 15.6-0)', role: 'stevedore', at, fsync: true, fullPageWrites: true },
  ...{ synchronousCommit: 'on', connectionsLimit: 97, connectionsInUse: 20 },
}
const redis = {
  ...{ version: '7.0.15', evictionPolicy: 'noeviction', appendOnly: true },
  ...{ memoryUsedBytes: 50, memoryLimitBytes: 100 },
}
const shown = (checks: { name: string; state: string; remedy?: string | undefined }[]) =>
  checks.filter(({ state }) => state !== 'good').map(({ name, state, remedy }) => [name, state, typeof remedy])

test('a database and a Redis that are set up well are found good', () => {
  expect(shown(judgeDatabase(database, at.getTime() + 1_000))).toEqual([])
  expect(shown(judgeRedis(redis))).toEqual([])
})

test.each([
  ['postgres', 'bad', { version: '11.22' }],
  ['durability', 'bad', { fsync: false }],
  ['durability', 'bad', { fullPageWrites: false }],
  ['durability', 'bad', { synchronousCommit: 'off' }],
  ['connections', 'missing', { connectionsInUse: 90 }],
  ['server clock', 'bad', { at: new Date(at.getTime() - 60_000) }],
])('of the database: %s is %s for %o, with a remedy', (name, state, fault) => {
  expect(shown(judgeDatabase({ ...database, ...fault }, at.getTime()))).toEqual([[name, state, 'string']])
})

test.each([
  ['redis', 'bad', { version: '5.0.7' }],
  ['redis', 'missing', { version: undefined }],
  ['eviction', 'bad', { evictionPolicy: 'allkeys-lru' }],
  ['persistence', 'missing', { appendOnly: false }],
  ['redis memory', 'bad', { memoryUsedBytes: 95 }],
])('of Redis: %s is %s for %o, with a remedy', (name, state, fault) => {
  expect(shown(judgeRedis({ ...redis, ...fault }))).toEqual([[name, state, 'string']])
})

test('a master key that does not open what is stored is bad, and what it is is named', () => {
  const names = Array.from({ length: 7 }, (_, index) => `KEY_${index}`)
  expect(judgeMasterKey({ secrets: [], certificates: [], tried: 3 })).toMatchObject({ state: 'good' })
  expect(judgeMasterKey({ secrets: names, certificates: ['shop.test'], tried: 7 })).toMatchObject({
    state: 'bad',
    found: 'the server’s does not open KEY_0, KEY_1, KEY_2, KEY_3, KEY_4 and 3 more',
  })
})
