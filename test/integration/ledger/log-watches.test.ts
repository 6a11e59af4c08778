import {
  appendWatchedLines,
  closeLogWatch,
  endLogWatch,
  openLogWatch,
  pruneLedger,
  readLogWatch,
  takeLogWatch,
} from '@stevedore/ledger'
import { afterEach, expect, test } from 'vitest'
import { openFixture } from './fixture.ts'

const { ledger, sql } = await openFixture()
afterEach(() => sql('delete from log_watches'))

const wanted = { app: 'shop', environment: 'staging', follow: true, tailLines: 10, process: 'worker' }
const open = () => openLogWatch(ledger, wanted)
const read = (id: string) => readLogWatch(ledger, id)
const append = (id: string, lines: string[]) => appendWatchedLines(ledger, { id, lines })
const forsake = (id: string, ago: string) =>
  sql('update log_watches set wanted_until = now() - $2::interval where id = $1', [id, ago])

test('each watch is taken by one of many workers', async () => {
  const opened = [await open(), await open()]
  const taken = await Promise.all(['w1', 'w2', 'w3', 'w4'].map((worker) => takeLogWatch(ledger, worker)))
  expect(taken.flatMap((watch) => watch?.id ?? []).sort()).toEqual(opened.sort())
  expect(taken.find((watch) => watch !== undefined)).toMatchObject(wanted)
})

test('lines are read once, in order, and the end comes after the last of them', async () => {
  const id = await open()
  expect(await read(id)).toEqual({ lines: [], isTaken: false, isEnded: false, failure: null })
  await takeLogWatch(ledger, 'w1')
  const lines = Array.from({ length: 1_500 }, (_, n) => `line ${n}`)
  expect(await append(id, lines)).toBe(true)
  await endLogWatch(ledger, { id, failure: 'the engine is away' })
  const first = await read(id)
  expect(first).toMatchObject({ isTaken: true, isEnded: false })
  const second = await read(id)
  expect(second).toMatchObject({ isEnded: true, failure: 'the engine is away' })
  expect([...first.lines, ...second.lines]).toEqual(lines)
})

test('a line that cannot be kept as it is is cut, and NUL left out', async () => {
  const id = await open()
  await append(id, ['x '.repeat(10_000), 'a\0b'])
  expect((await read(id)).lines).toEqual([`${'x '.repeat(8_192)}… (cut)`, 'ab'])
})

test('nobody serves a reader that stopped asking, and its watch is pruned', async () => {
  const id = await open()
  await append(id, ['one'])
  await forsake(id, '30 seconds')
  expect(await takeLogWatch(ledger, 'w1')).toBeUndefined()
  expect(await append(id, ['two'])).toBe(false)
  expect(await pruneLedger(ledger, { limit: 100 })).toMatchObject({ log_watches: 0 })
  await forsake(id, '2 minutes')
  expect(await pruneLedger(ledger, { limit: 100 })).toMatchObject({ log_watches: 1 })
  expect(await sql('select from watched_lines')).toEqual([])
})

test('asking keeps a watch alive', async () => {
  const id = await open()
  await forsake(id, '1 second')
  await read(id)
  expect(await append(id, ['one'])).toBe(true)
})

test('a closed watch takes its lines along and ends for whoever serves it', async () => {
  const id = await open()
  await append(id, ['one'])
  await closeLogWatch(ledger, id)
  expect(await append(id, ['two'])).toBe(false)
  expect(await sql('select from watched_lines')).toEqual([])
  expect(await read(id)).toMatchObject({ lines: [], isEnded: true })
})
