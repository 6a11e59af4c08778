import { randomBytes } from 'node:crypto'
import {
  authenticate,
  createFirstToken,
  createToken,
  findSealedApart,
  listAudit,
  listSecrets,
  listTokens,
  openKnownTokens,
  openLedger,
  putSecret,
  readSecrets,
  removeSecret,
  revokeToken,
} from '@stevedore/ledger'
import { expect, onTestFinished, test, vi } from 'vitest'
import { by, declareApp, openFixture } from './fixture.ts'

const { ledger, sql, url } = await openFixture()

/** Every row of every table, as text and as bytes. */
async function dump(): Promise<string> {
  const tables = await sql<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public'")
  const parts: string[] = []
  for (const { name } of tables) {
    const [row] = await sql<{ text: string | null }>(`select string_agg(t::text, ' ') as text from "${name}" t`)
    parts.push(row?.text ?? '')
  }
  return parts.join('\n')
}

test('the first token is given once, however many ask', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => createFirstToken(ledger, { by })))
  const tokens = answers.filter((token) => token !== undefined)
  expect(tokens).toHaveLength(1)
  expect(await authenticate(ledger, tokens[0] ?? '')).toMatchObject({ role: 'admin', app: null, name: 'first-admin' })
  const [first] = await listTokens(ledger)
  await revokeToken(ledger, { id: first?.id ?? '', by })
  expect(await createFirstToken(ledger, { by })).toBeUndefined()
})

test('a token is kept as a hash alone, and known by its value alone', async () => {
  const { token, record } = await createToken(ledger, { name: 'ci', role: 'deployer', app: 'shop', by })
  expect(token).toMatch(/^stv_[A-Za-z0-9_-]{43}$/)
  expect(await authenticate(ledger, token)).toEqual(record)
  expect((await authenticate(ledger, token))?.lastUsedAt).toBeInstanceOf(Date)
  for (const wrong of ['', 'stv_', token.slice(0, -1), `${token}x`, token.toLowerCase()])
    expect(await authenticate(ledger, wrong)).toBeUndefined()
  const everything = await dump()
  expect(everything).not.toContain(token.slice(4))
  expect(everything).not.toContain(Buffer.from(token).toString('hex'))
  expect(await listAudit(ledger, { action: 'token.created', app: 'shop', limit: 10 })).toMatchObject([
    { actor: 'token:ada', detail: { name: 'ci', role: 'deployer', id: record.id } },
  ])
})

test('use is noted at most once a minute', async () => {
  const { token, record } = await createToken(ledger, { name: 'busy', role: 'viewer', by })
  const lastUse = async () => (await sql('select last_used_at from tokens where id = $1', [record.id]))[0]
  await authenticate(ledger, token)
  const first = await lastUse()
  await authenticate(ledger, token)
  expect(await lastUse()).toEqual(first)
  await sql("update tokens set last_used_at = now() - interval '2 minutes' where id = $1", [record.id])
  await authenticate(ledger, token)
  expect((await lastUse())?.last_used_at).not.toEqual(first?.last_used_at)
})

test('a revoked or expired token is unknown', async () => {
  const revoked = await createToken(ledger, { name: 'gone', role: 'viewer', by })
  expect(await revokeToken(ledger, { id: revoked.record.id, by })).toBe(true)
  expect(await revokeToken(ledger, { id: revoked.record.id, by })).toBe(false)
  expect(await authenticate(ledger, revoked.token)).toBeUndefined()
  const brief = await createToken(ledger, { name: 'brief', role: 'viewer', expiresInMs: 60_000, by })
  expect(await authenticate(ledger, brief.token)).toMatchObject({ name: 'brief' })
  await sql("update tokens set expires_at = now() - interval '1 ms' where id = $1", [brief.record.id])
  expect(await authenticate(ledger, brief.token)).toBeUndefined()
})

test('a token is known only while revocations are heard of, and not past its end', async () => {
  const { token, record } = await createToken(ledger, { name: 'known', role: 'viewer', expiresInMs: 60_000, by })
  const proof = { kind: 'token', text: token } as const
  let hears = true
  let tell = (_payload: string) => {}
  const known = openKnownTokens({
    ...ledger,
    isListening: () => hears,
    listen: async (_channel, callback) => {
      tell = callback
      return () => {}
    },
  })
  expect(known.recall(proof)).toBeUndefined()
  expect(await known.find(proof)).toMatchObject({ id: record.id })
  expect(known.recall(proof)).toMatchObject({ id: record.id })
  hears = false
  expect(known.recall(proof)).toBeUndefined()
  hears = true
  tell('')
  expect(known.recall(proof)).toBeUndefined()
  // What was asked before a revocation is told may be of before it.
  const asked = known.find(proof)
  tell(record.id)
  await asked
  expect(known.recall(proof)).toBeUndefined()
  await known.find(proof)
  vi.setSystemTime(Date.now() + 61_000)
  onTestFinished(() => void vi.useRealTimers())
  expect(known.recall(proof)).toBeUndefined()
})

test('a name means one token at a time', async () => {
  const { record } = await createToken(ledger, { name: 'one', role: 'viewer', by })
  await expect(createToken(ledger, { name: 'one', role: 'admin', by })).rejects.toMatchObject({ code: 'conflict' })
  await revokeToken(ledger, { id: record.id, by })
  expect(await createToken(ledger, { name: 'one', role: 'viewer', by })).toMatchObject({ record: { name: 'one' } })
})

test('secrets are sealed: no value stands in any table', async () => {
  const { app } = await declareApp(ledger)
  const value = `hunter2-${randomBytes(8).toString('hex')}`
  const secret = await putSecret(ledger, { name: 'TOKEN', app, value, by })
  expect(secret).toMatchObject({ name: 'TOKEN', app, environment: null })
  expect(await readSecrets(ledger, { names: ['TOKEN', 'ABSENT'], app })).toEqual({ TOKEN: value })
  const everything = await dump()
  for (const form of [value, Buffer.from(value).toString('hex'), Buffer.from(value).toString('base64')])
    expect(everything).not.toContain(form)
  expect(JSON.stringify(await listSecrets(ledger, { app }))).not.toContain(value)
  expect(await listAudit(ledger, { app, action: 'secret.set', limit: 10 })).toMatchObject([
    { detail: { name: 'TOKEN', fingerprint: secret.fingerprint } },
  ])
})

test('the most specific value counts', async () => {
  const { app } = await declareApp(ledger)
  const put = (value: string, place: object) => putSecret(ledger, { name: 'URL', value, by, ...place })
  await put('global', {})
  await put('app', { app })
  await put('staging', { app, environment: 'staging' })
  const read = async (o: { app: string; environment?: string }) =>
    (await readSecrets(ledger, { names: ['URL'], ...o })).URL
  expect(await read({ app, environment: 'staging' })).toBe('staging')
  expect(await read({ app, environment: 'production' })).toBe('app')
  expect(await read({ app })).toBe('app')
  expect(await read({ app: 'other', environment: 'staging' })).toBe('global')
  await expect(put('x', { environment: 'staging' })).rejects.toMatchObject({ code: 'validation-failed' })
})

test('a new value replaces the old, a removed one is gone', async () => {
  const { app } = await declareApp(ledger)
  const first = await putSecret(ledger, { name: 'KEY', app, value: 'one', by })
  const second = await putSecret(ledger, { name: 'KEY', app, value: 'two', by })
  expect(second.fingerprint).not.toBe(first.fingerprint)
  expect(await listSecrets(ledger, { app })).toEqual([second])
  expect(await removeSecret(ledger, { name: 'KEY', app, by })).toBe(true)
  expect(await removeSecret(ledger, { name: 'KEY', app, by })).toBe(false)
  expect(await readSecrets(ledger, { names: ['KEY'], app })).toEqual({})
})

test('a value opens under its own master key and in its own place alone', async () => {
  const { app } = await declareApp(ledger)
  await putSecret(ledger, { name: 'A', app, value: 'one', by })
  await putSecret(ledger, { name: 'B', app, value: 'two', by })
  const foreign = openLedger({ url, masterKey: randomBytes(32) })
  const keyless = openLedger({ url })
  onTestFinished(async () => {
    await foreign.close()
    await keyless.close()
  })
  await expect(readSecrets(foreign, { names: ['A'], app })).rejects.toMatchObject({
    code: 'secret-missing',
    diagnosis: expect.stringMatching(/^A was sealed under another master key/),
  })
  expect(await findSealedApart(foreign)).toMatchObject({
    secrets: expect.arrayContaining([`A of ${app}`, `B of ${app}`]),
  })
  expect((await findSealedApart(ledger)).secrets).not.toContain(`A of ${app}`)
  await expect(readSecrets(keyless, { names: ['A'], app })).rejects.toThrow('master key')
  expect(await readSecrets(keyless, { names: [], app })).toEqual({})
  await sql("update secrets set sealed = (select sealed from secrets where app = $1 and name = 'B') where app = $1", [
    app,
  ])
  await expect(readSecrets(ledger, { names: ['A'], app })).rejects.toMatchObject({ code: 'secret-missing' })
  expect((await findSealedApart(ledger)).secrets).toContain(`A of ${app}`)
})
