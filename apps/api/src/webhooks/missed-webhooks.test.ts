import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProblemError } from '@stevedore/contract'
import { createLogger } from '@stevedore/telemetry'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openMissedWebhooks } from './missed-webhooks.ts'
import { generic } from './providers/generic.ts'
import { createMemorySpool, openSpool, type Spool } from './spool.ts'
import type { Webhook } from './webhook.ts'

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
const limits = { count: 3, bytes: 100_000 }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stevedore-spool-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

let clock = 1_000
function makeWebhook(deliveryId: string, body = '{}'): Webhook {
  clock += 1
  const headers = {
    'webhook-id': deliveryId,
    authorization: 'Bearer of-somebody',
    cookie: 'a=b',
    'x-real-ip': '10.0.0.1',
  }
  return {
    ...{ provider: generic, app: 'shop', headers, body: Buffer.from(body) },
    ...{ receivedAt: clock, correlationId: 'c-1', reconciled: false },
  }
}

/** What operators read, and what was taken. */
function open(spool: Spool) {
  const lines: string[] = []
  const taken: (string | undefined)[] = []
  const closing = new AbortController()
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } })
  const ledger = { fails: undefined as Error | undefined }
  const take = async ({ provider, headers }: Webhook) => {
    if (ledger.fails) throw ledger.fails
    taken.push(provider.readId(headers))
  }
  const missed = openMissedWebhooks({ spool, take, logger, closing: closing.signal })
  return { missed, closing, taken, ledger, readLogs: () => lines.map((line) => JSON.parse(line)) }
}

const spools: [string, () => Promise<Spool> | Spool][] = [
  ['on disk', () => openSpool(folder, limits)],
  ['in memory', () => createMemorySpool(limits)],
]

test.each(spools)('%s: what is kept is taken in its order, and stays while the ledger is away', async (_, openOne) => {
  const { missed, taken, ledger } = open(await openOne())
  for (const id of ['a', 'b']) expect(await missed.keep(makeWebhook(id))).toBe(true)
  ledger.fails = away
  await missed.takeKept()
  expect([taken, await missed.hasKept()]).toEqual([[], true])
  ledger.fails = undefined
  await Promise.all([missed.takeKept(), missed.takeKept()])
  expect([taken, await missed.hasKept()]).toEqual([['a', 'b'], false])
})

test.each(spools)(
  '%s: one for which there is no room is refused aloud, with what it takes to send it again',
  async (_, openOne) => {
    const { missed, readLogs } = open(await openOne())
    for (const id of ['a', 'b', 'c']) expect(await missed.keep(makeWebhook(id))).toBe(true)
    expect(await missed.keep(makeWebhook('d'))).toBe(false)
    expect(readLogs()).toMatchObject([
      { 'log.level': 'error', provider: 'generic', app: 'shop', deliveryId: 'd', correlationId: 'c-1' },
    ])
  },
)

test.each(spools)('%s: so is one that does not fit beside the bytes that are kept', async (_, openOne) => {
  const { missed } = open(await openOne())
  expect(await missed.keep(makeWebhook('first', 'x'.repeat(60_000)))).toBe(true)
  expect(await missed.keep(makeWebhook('second', 'x'.repeat(60_000)))).toBe(false)
})

test.each(spools)(
  '%s: one that is refused once the ledger is back is told of, and holds up none after it',
  async (_, openOne) => {
    const { missed, ledger, readLogs } = open(await openOne())
    await missed.keep(makeWebhook('refused'))
    ledger.fails = new ProblemError('webhook-signature-invalid', 'no')
    await missed.takeKept()
    expect(await missed.hasKept()).toBe(false)
    expect(readLogs()).toMatchObject([{ 'log.level': 'warn', deliveryId: 'refused' }])
  },
)

test('what is kept on disk is taken by the next process, byte for byte, without what is no concern of ours', async () => {
  const first = open(await openSpool(folder, limits))
  const sent = makeWebhook('a', '{"text":"é"}')
  await first.missed.keep(sent)
  first.closing.abort()
  const spool = await openSpool(folder, limits)
  const [name = ''] = await spool.list()
  const { headers, ...read } = (await spool.read(name)) ?? {}
  const { headers: _, ...said } = sent
  expect(read).toEqual({ ...said, reconciled: true })
  expect(headers).toEqual({ 'webhook-id': 'a' })
  expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
})

test('the same, sent again, is kept once', async () => {
  const spool = await openSpool(folder, limits)
  await Promise.all([spool.keep(makeWebhook('a')), spool.keep(makeWebhook('a')), spool.keep(makeWebhook('b'))])
  expect(await spool.list()).toHaveLength(2)
})

test.each([
  ['cut short', (text: string) => text.slice(0, 40)],
  ['emptied', () => ''],
  ['changed', (text: string) => text.replace('"shop"', '"shut"')],
])('a file that was %s is set aside aloud, and holds up none after it', async (_, spoil) => {
  const spool = await openSpool(folder, limits)
  const { missed, taken, readLogs } = open(spool)
  for (const id of ['a', 'b']) await missed.keep(makeWebhook(id))
  const [name = ''] = await spool.list()
  await writeFile(join(folder, name), spoil(await readFile(join(folder, name), 'utf8')))
  await missed.takeKept()
  expect(taken).toEqual(['b'])
  expect(await readdir(folder)).toEqual([`${name}.aside`])
  expect(readLogs()).toMatchObject([{ 'log.level': 'error', name, message: expect.stringContaining('set aside') }])
})

test('an error of our own sets it aside: it is not lost', async () => {
  const { missed, ledger } = open(await openSpool(folder, limits))
  await missed.keep(makeWebhook('a'))
  ledger.fails = new TypeError('x is not a function')
  await missed.takeKept()
  expect(await readdir(folder)).toEqual([expect.stringMatching(/\.aside$/)])
})

test('what memory holds when the server stops is named', async () => {
  const { missed, closing, readLogs } = open(createMemorySpool(limits))
  for (const id of ['a', 'b']) await missed.keep(makeWebhook(id))
  closing.abort()
  await expect.poll(readLogs).toMatchObject([{ deliveryId: 'a' }, { deliveryId: 'b' }])
})

test('where the folder is gone it is refused aloud', async () => {
  const { missed, readLogs } = open(await openSpool(folder, limits))
  await rm(folder, { recursive: true })
  expect(await missed.keep(makeWebhook('a'))).toBe(false)
  expect(readLogs()[0]).toMatchObject({ 'log.level': 'error', deliveryId: 'a', error: { code: 'ENOENT' } })
})
