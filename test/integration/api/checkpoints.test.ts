import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Checkpoint, createToken, openCheckpointKey, parseCheckpoint, writeCheckpoint } from '@stevedore/ledger'
import { createTestDatabase, waitUntil } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startKeeping, startSink } from '../../harness/keeping-api.ts'
import { startStevedoreProcess } from '../../harness/stevedore-process.ts'
import { startTestApi } from '../../harness/test-api.ts'

const key = openCheckpointKey(randomBytes(32))
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

/** At once: the server, which looks again and again, would take one that is just being written for lost. */
async function replaceFile(text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
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
  test(`row 102: a trail that was ${name} fails by itself, and is never signed over`, async () => {
    const { api, verify, tamper } = await startKeeping({ key, path })
    expect(await verify()).toMatchObject({ ok: true, entries: 6, checkpoints: { latest: { seq: 6 } } })
    // Of its growth only the last is kept here: what comes in between depends on the schedule.
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    await replaceFile(`${lines.at(-1)}\n`)
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
  const { api, tamper } = await startKeeping({ key, path })
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
  const { api, verify } = await startKeeping({ key, path })
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const text = edit(lines, parseCheckpoint(lines.at(-1) ?? '') as Checkpoint)
  await replaceFile(text)
  await createToken(api.ledger, { name: 'after', role: 'viewer', by })
  expect(await verify()).toMatchObject({ ok: false, checkpoints: { fault: expect.stringContaining(fault) } })
  await waitUntil('the schedule to notice', () =>
    api.readLogs().includes('the checkpoints of the audit trail are not believed'),
  )
  expect(await readFile(path, 'utf8')).toBe(text)
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
  await startKeeping({ key, path, databaseUrl: database.serviceUrl, entries: 1_001, had: 1_000 })
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

test('a stop does not wait for a sink that does not answer', async () => {
  const sink = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void sink.close())
  await once(sink, 'listening')
  const { port } = sink.address() as AddressInfo
  const url = new URL(`http://127.0.0.1:${port}/`)
  const asked = once(sink, 'request')
  const api = await startTestApi({ checkpoints: { key, path, everySeconds: 0.02, sink: url } })
  await asked
  await api.close()
  // Nor was it given up as late: it was not waited for.
  expect(api.readLogs()).not.toContain('was not taken by the sink')
})

test('without a checkpoint yet the trail holds, and says that there is none', async () => {
  const api = await startTestApi()
  onTestFinished(() => api.close())
  expect((await api.call('GET', '/v1/audit/verify')).body.checkpoints).toBeUndefined()
})
