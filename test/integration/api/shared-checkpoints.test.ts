import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createToken, openCheckpointKey, parseCheckpoint } from '@stevedore/ledger'
import { createTestDatabase, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startKeeping } from '../../harness/keeping-api.ts'
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

test('another process, and another database, are held against the same file', async () => {
  await startKeeping({ key, path })
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const api = await startTestApi({ databaseUrl: database.serviceUrl, checkpoints: { key, path, everySeconds: 600 } })
  onTestFinished(() => api.close())
  const { body } = await api.call('GET', '/v1/audit/verify')
  expect(body).toMatchObject({
    ok: false,
    // Where depends on how long the first one's trail was when it was signed first.
    firstBroken: { reason: expect.stringMatching(/^(rewritten|cut)$/) },
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
  const { api } = await startKeeping({ key, path })
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

test.each([
  ['its last line', (text: string) => text.replace(/[^\n]+\n$/, '')],
  ['all', () => ''],
])('a file that has lost %s while an API runs gets back what that has seen, and says so', async (_, edit) => {
  const { api, sink, verify } = await startKeeping({ key, path })
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
  const { api, verify, tamper } = await startKeeping({ key, path })
  await writeFile(path, '')
  await tamper('delete from audit where seq > 4')
  expect(await verify()).toMatchObject({ ok: false, firstBroken: { seq: 5, reason: 'cut' } })
  await waitUntil('the schedule to notice', () => api.readLogs().includes('the audit trail is broken'))
})

test('several APIs on one file raise no alarm over each other', async () => {
  const { api, sink, verify } = await startKeeping({ key, path })
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
    expect(readLogs()).not.toMatch(/"message":"the (checkpoints|audit trail)/)
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
