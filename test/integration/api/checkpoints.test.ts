import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Checkpoint, createToken, openCheckpointKey, parseCheckpoint, writeCheckpoint } from '@stevedore/ledger'
import { createTestDatabase, waitUntil } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startStevedoreProcess } from '../../harness/stevedore-process.ts'
import { startTestApi } from '../../harness/test-api.ts'

const seed = randomBytes(32)
const key = openCheckpointKey(seed)
const by = { actor: 'token:ada', correlationId: 'c-1' }

let dir = ''
let path = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stevedore-checkpoints-'))
})
beforeEach(() => {
  path = join(dir, randomUUID(), 'audit-checkpoints')
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** Takes what is posted; gives it one by one, so that a test waits for the next. */
async function startSink(statuses: number[] = []) {
  const requests: { authorization: string | undefined; body: string }[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    requests.push({ authorization: request.headers.authorization, body })
    response.writeHead(statuses.shift() ?? 204).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: new URL(`http://keeper:s3cr3t@127.0.0.1:${port}/in`), requests }
}

/** An API that keeps checkpoints, with `entries` in its trail, of which the last has one. */
async function startKeeping({
  entries = 6,
  had = 0,
  databaseUrl,
}: {
  entries?: number
  had?: number
  databaseUrl?: string
} = {}) {
  const sink = await startSink()
  const api = await startTestApi({
    ...(databaseUrl && { databaseUrl }),
    checkpoints: { key, path, everySeconds: 0.02, sink: sink.url },
  })
  onTestFinished(() => api.close())
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  onTestFinished(() => client.end())
  for (let n = had + 1; n < entries; n++) await createToken(api.ledger, { name: `t-${n}`, role: 'viewer', by })
  await waitUntil('a checkpoint of the last entry', () =>
    sink.requests.some(({ body }) => parseCheckpoint(body)?.seq === entries),
  )
  const verify = async () => (await api.call('GET', '/v1/audit/verify')).body
  /** As a superuser who switches off what is in the way. */
  const tamper = async (...statements: string[]) => {
    const off = 'alter table audit disable trigger audit_append_only'
    for (const statement of [off, ...statements, 'alter table audit enable always trigger audit_append_only'])
      await client.query(statement)
  }
  return { api, sink, verify, tamper }
}

const append = "insert into audit (actor, action, detail) values ('token:mallory', 'job.approve', '{}')"
/** Consistent in itself, from the entry on. */
const rewriteFrom = (seq: number) => [
  'create temp table old as select * from audit',
  `delete from audit where seq >= ${seq}`,
  `insert into audit (actor, action, detail) select 'token:mallory', action, detail from old where seq >= ${seq} order by seq`,
]

const tamperings: Record<string, { statements: string[]; entries: number; broken: object }> = {
  'emptied by TRUNCATE': { statements: ['truncate audit'], entries: 0, broken: { seq: 1, reason: 'cut' } },
  'emptied by DELETE': { statements: ['delete from audit'], entries: 0, broken: { seq: 1, reason: 'cut' } },
  'cut at its tail': {
    statements: ['delete from audit where seq > 4'],
    entries: 4,
    broken: { seq: 5, reason: 'cut' },
  },
  'cut, and grown beyond where it was': {
    statements: ['delete from audit where seq > 4', append, append, append],
    entries: 5,
    broken: { seq: 6, reason: 'rewritten' },
  },
  'rewritten from its first entry': { statements: rewriteFrom(1), entries: 5, broken: { seq: 6, reason: 'rewritten' } },
  'rewritten from an entry on': { statements: rewriteFrom(5), entries: 5, broken: { seq: 6, reason: 'rewritten' } },
}

for (const [name, { statements, entries, broken }] of Object.entries(tamperings))
  test(`a trail that was ${name} fails by itself, and is never signed over`, async () => {
    const { api, verify, tamper } = await startKeeping()
    expect(await verify()).toMatchObject({ ok: true, entries: 6, checkpoints: { latest: { seq: 6 } } })
    // Of its growth only the last is kept here: what comes in between depends on the schedule.
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    await writeFile(path, `${lines.at(-1)}\n`)
    await tamper(...statements)
    expect(await verify()).toMatchObject({ ok: false, entries, firstBroken: broken })
    await waitUntil('the schedule to notice', () =>
      api.readLogs().includes('the audit trail is broken: it gets no checkpoint'),
    )
    expect((await readFile(path, 'utf8')).trimEnd()).toBe(lines.at(-1))
    const metrics = await api.call('GET', '/metrics')
    expect(metrics.text).toMatch(/^audit_trail_broken 1$/m)
  })

test('the last line of `audit verify` says it, without a seq or a hash from anybody', async () => {
  const { api, tamper } = await startKeeping()
  const verify = async () => {
    const env = { STEVEDORE_URL: api.address, STEVEDORE_TOKEN: api.admin }
    const command = startStevedoreProcess(['audit', 'verify'], env)
    return { status: await command.ended, lines: command.readOutput().split('\n') }
  }
  const whole = await verify()
  expect(whole.status).toBe(0)
  expect(whole.lines.join('\n')).toContain(`signed with ed25519:${key.publicKey}`)
  expect(whole.lines.at(-1)).toMatch(/^The trail holds: 6 entries, head 6:[0-9a-f]{64}$/)
  await tamper('truncate audit')
  const { status, lines } = await verify()
  expect(status).toBe(1)
  expect(lines.join('\n')).toMatch(
    /The trail is broken at entry 1: cut, it ends after 0 entries and a checkpoint knows of more/,
  )
})

test('another process, and another database, are held against the same file', async () => {
  await startKeeping()
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const api = await startTestApi({ databaseUrl: database.serviceUrl, checkpoints: { key, path, everySeconds: 600 } })
  onTestFinished(() => api.close())
  const { body } = await api.call('GET', '/v1/audit/verify')
  expect(body).toMatchObject({
    ok: false,
    firstBroken: { seq: 1, reason: 'rewritten' },
    checkpoints: { latest: { seq: 6 }, fault: expect.stringContaining('they are of another database') },
  })
  await waitUntil('the schedule to notice', () => api.readLogs().includes('the audit trail is broken'))
  const line =
    api
      .readLogs()
      .split('\n')
      .find((text) => text.includes('the audit trail is broken')) ?? ''
  expect(JSON.parse(line)).toMatchObject({
    path,
    fault: expect.stringContaining('another database'),
    remedy: expect.stringContaining('STEVEDORE_AUDIT_CHECKPOINTS of its own'),
  })
})

test('a key that was set later is told apart, with the file and what to bring back', async () => {
  const { api } = await startKeeping()
  const later = await startTestApi({
    databaseUrl: api.serviceUrl,
    checkpoints: { key: openCheckpointKey(randomBytes(32)), path, everySeconds: 600 },
  })
  onTestFinished(() => later.close())
  await waitUntil('the schedule to notice', () => later.readLogs().includes('are not believed'))
  const line =
    later
      .readLogs()
      .split('\n')
      .find((text) => text.includes('are not believed')) ?? ''
  expect(JSON.parse(line)).toMatchObject({
    path,
    remedy: expect.stringContaining('bring back the STEVEDORE_AUDIT_KEY'),
  })
})

const stranger = openCheckpointKey(randomBytes(32))
const resign = ({ seq, hash, at }: Checkpoint) => writeCheckpoint(stranger.sign({ seq, hash }, new Date(at)))

const edits: Record<string, { edit(lines: string[], last: Checkpoint): string; fault: string }> = {
  'an edited number': {
    edit: (lines, last) => [...lines.slice(0, -1), writeCheckpoint({ ...last, seq: 7 }), ''].join('\n'),
    fault: 'is not signed with the key of this server',
  },
  'an edited time': {
    edit: (lines, last) =>
      [...lines.slice(0, -1), writeCheckpoint({ ...last, at: '2020-01-01T00:00:00.000Z' }), ''].join('\n'),
    fault: 'is not signed with the key of this server',
  },
  'another key': {
    edit: (lines, last) => [...lines.slice(0, -1), resign(last), ''].join('\n'),
    fault: 'is not signed with the key of this server',
  },
  'no checkpoint at all': { edit: () => 'hello\n', fault: 'line 1 is no checkpoint' },
  'a line that stands twice': {
    edit: (lines) => [...lines, lines.at(-1), ''].join('\n'),
    fault: 'is older than the line before it',
  },
  'a line cut off': { edit: (lines) => lines.join('\n'), fault: 'its last line is cut off' },
  'too much': { edit: () => 'x'.repeat(1_048_577), fault: 'it holds more than 1048576 bytes' },
}

test.each(Object.entries(edits))('%s in the file is told, and not written over', async (_, { edit, fault }) => {
  const { api, verify } = await startKeeping()
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const text = edit(lines, parseCheckpoint(lines.at(-1) ?? '') as Checkpoint)
  await writeFile(path, text)
  await createToken(api.ledger, { name: 'after', role: 'viewer', by })
  expect(await verify()).toMatchObject({ ok: false, checkpoints: { fault: expect.stringContaining(fault) } })
  await waitUntil('the schedule to notice', () =>
    api.readLogs().includes('the checkpoints of the audit trail are not believed'),
  )
  expect(await readFile(path, 'utf8')).toBe(text)
})

test.each([
  ['its last line', (text: string) => text.replace(/[^\n]+\n$/, '')],
  ['all', () => ''],
])('a file that has lost %s while an API runs gets back what that has seen, and says so', async (_, edit) => {
  const { api, sink, verify } = await startKeeping()
  const text = await readFile(path, 'utf8')
  await writeFile(path, edit(text))
  expect(await verify()).toMatchObject({ ok: true })
  await createToken(api.ledger, { name: 'after', role: 'viewer', by })
  await waitUntil('a checkpoint of what came later', () =>
    sink.requests.some(({ body }) => parseCheckpoint(body)?.seq === 7),
  )
  expect(await readFile(path, 'utf8')).toContain(text.split('\n').at(-2))
  expect(api.readLogs()).toContain('a checkpoint was gone; it is put back')
  expect(await verify()).toMatchObject({ ok: true })
})

test('what the file has lost is told where the trail has lost it as well', async () => {
  const { api, verify, tamper } = await startKeeping()
  await writeFile(path, '')
  await tamper('delete from audit where seq > 4')
  expect(await verify()).toMatchObject({ ok: false, firstBroken: { seq: 5, reason: 'cut' } })
  await waitUntil('the schedule to notice', () => api.readLogs().includes('the audit trail is broken'))
})

test('several APIs on one file raise no alarm over each other', async () => {
  const { api, sink, verify } = await startKeeping()
  const others = await Promise.all(
    Array.from({ length: 3 }, () =>
      startTestApi({ databaseUrl: api.serviceUrl, checkpoints: { key, path, everySeconds: 0.001 } }),
    ),
  )
  onTestFinished(async () => void (await Promise.all(others.map((other) => other.close()))))
  for (let n = 0; n < 60; n++) await createToken(api.ledger, { name: `more-${n}`, role: 'viewer', by })
  const { entries } = await verify()
  await waitUntil('a checkpoint of the last entry', () =>
    sink.requests.some(({ body }) => parseCheckpoint(body)?.seq === entries),
  )
  expect(await verify()).toMatchObject({ ok: true, checkpoints: { latest: { seq: entries } } })
  for (const { readLogs } of [api, ...others]) {
    expect(readLogs()).not.toMatch(/"msg":"the (checkpoints|audit trail)/)
    expect(readLogs()).not.toContain('a checkpoint was gone')
  }
})

test('who holds the file is waited for, and one that ended without letting go is not', async () => {
  await mkdir(dirname(path))
  await writeFile(`${path}.lock`, 'another')
  const api = await startTestApi({ checkpoints: { key, path, everySeconds: 0.02 } })
  onTestFinished(() => api.close())
  for (let n = 0; n < 5; n++) expect((await api.call('GET', '/v1/audit/verify')).body.checkpoints.kept).toBe(0)
  const longAgo = new Date(Date.now() - 61_000)
  await utimes(`${path}.lock`, longAgo, longAgo)
  await waitUntil('a checkpoint', async () => (await readFile(path, 'utf8').catch(() => '')) !== '')
})

test('the file stays small: the newest thousand are kept', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const client = new Client({ connectionString: database.url })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query(
    `${append.replace(/ values .*/, '')} select 'system', 'job.approve', '{}' from generate_series(1, 1000)`,
  )
  const { rows } = await client.query('select seq::int, hash from audit order by seq')
  const lines = rows.map((head) => `${writeCheckpoint(key.sign(head, new Date()))}\n`)
  await mkdir(dirname(path))
  await writeFile(path, lines.join(''))
  await startKeeping({ databaseUrl: database.serviceUrl, entries: 1_001, had: 1_000 })
  const kept = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(kept).toHaveLength(1_000)
  expect([kept.at(0), kept.at(-1)].map((line) => parseCheckpoint(line ?? '')?.seq)).toEqual([2, 1_001])
})

test('a sink that is away gets the newest later, by an account of its own that no log shows', async () => {
  const sink = await startSink([500, 302, 500])
  const api = await startTestApi({ checkpoints: { key, path, everySeconds: 0.02, sink: sink.url } })
  onTestFinished(() => api.close())
  await waitUntil('the sink to be asked again', () => sink.requests.length >= 4)
  const taken = parseCheckpoint(sink.requests.at(3)?.body ?? '')
  expect(taken && key.recognizes(taken)).toBe(true)
  expect(sink.requests[0]?.authorization).toBe(`Basic ${Buffer.from('keeper:s3cr3t').toString('base64')}`)
  expect(api.readLogs()).toContain('the sink answered 500')
  expect(api.readLogs()).not.toContain('s3cr3t')
})

test('without a checkpoint yet the trail holds, and says that there is none', async () => {
  const api = await startTestApi()
  onTestFinished(() => api.close())
  expect((await api.call('GET', '/v1/audit/verify')).body.checkpoints).toBeUndefined()
})
