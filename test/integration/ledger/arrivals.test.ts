import { randomBytes } from 'node:crypto'
import {
  completeDelivery,
  enqueueJob,
  openUpload,
  pruneLedger,
  recordDelivery,
  reopenDelivery,
  saveUpload,
} from '@stevedore/ledger'
import { expect, test } from 'vitest'
import { by, declareApp, newBuild, openFixture } from './fixture.ts'

const { ledger, sql } = await openFixture()
const { app } = await declareApp(ledger)
const limitBytes = 4 * 2 ** 20

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const save = (stream: AsyncIterable<Buffer>) => saveUpload(ledger, { app, stream, limitBytes, by })
const rows = async () => (await sql<{ n: number }>('select count(*)::int as n from upload_chunks'))[0]?.n

async function read(id: string, of = app): Promise<Buffer | undefined> {
  const stream = await openUpload(ledger, { app: of, id })
  if (!stream) return undefined
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

test('an upload comes back byte for byte, to its own app alone', async () => {
  const archive = randomBytes(3 * 2 ** 20 + 17)
  const { id, bytes } = await save(inPieces(archive, 65_536))
  expect(bytes).toBe(archive.length)
  expect((await read(id))?.equals(archive)).toBe(true)
  expect(await read(id, 'other')).toBeUndefined()
  expect(await read(crypto.randomUUID())).toBeUndefined()
})

test('an upload past the limit or cut short leaves nothing', async () => {
  const before = await rows()
  const tooLarge = save(inPieces(randomBytes(limitBytes + 1), 65_536))
  await expect(tooLarge).rejects.toMatchObject({ code: 'payload-too-large' })
  async function* breakOff() {
    yield randomBytes(2 ** 20 + 1)
    throw new Error('the sender is gone')
  }
  await expect(save(breakOff())).rejects.toThrow('the sender is gone')
  expect(await rows()).toBe(before)
})

test('an upload cannot be opened before its end', async () => {
  let open = async (): Promise<Buffer | undefined> => undefined
  async function* slowly() {
    yield randomBytes(2 ** 20)
    const [row] = await sql<{ id: string }>('select id from uploads where completed_at is null')
    open = () => read(row?.id ?? '')
    expect(await open()).toBeUndefined()
    yield randomBytes(1)
  }
  await save(slowly())
  expect((await open())?.length).toBe(2 ** 20 + 1)
})

test('old uploads are pruned, but for one that a build is still to unpack', async () => {
  const [old, needed] = [await save(inPieces(randomBytes(10), 10)), await save(inPieces(randomBytes(10), 10))]
  const build = newBuild(app)
  await enqueueJob(ledger, { job: { ...build, resolved: { ...build.resolved, upload: needed.id } }, by })
  await sql("update uploads set created_at = now() - interval '2 days' where id = any($1)", [[old.id, needed.id]])
  expect(await pruneLedger(ledger, { limit: 100 })).toMatchObject({ uploads: 1 })
  expect([await read(old.id), (await read(needed.id))?.length]).toEqual([undefined, 10])
})

test('of 100 parallel deliveries of one webhook one is first', async () => {
  const delivery = { app, provider: 'github', deliveryId: crypto.randomUUID() }
  const answers = await Promise.all(Array.from({ length: 100 }, () => recordDelivery(ledger, delivery)))
  expect(answers.filter(({ first }) => first)).toHaveLength(1)
  const jobIds = [crypto.randomUUID(), crypto.randomUUID()]
  await completeDelivery(ledger, { ...delivery, jobIds })
  expect(await recordDelivery(ledger, delivery)).toMatchObject({ first: false, jobIds })
})

test('a delivery whose receiver died is first again, one that was answered is not', async () => {
  const died = { app, provider: 'gitlab', deliveryId: 'a' }
  const done = { ...died, deliveryId: 'b' }
  for (const delivery of [died, done]) await recordDelivery(ledger, delivery)
  await completeDelivery(ledger, { ...done, jobIds: [crypto.randomUUID()] })
  await sql("update deliveries set received_at = now() - interval '2 minutes' where provider = 'gitlab'")
  expect((await recordDelivery(ledger, died)).first).toBe(true)
  expect((await recordDelivery(ledger, done)).first).toBe(false)
})

test('a delivery that started nothing is first again, for one of many that repeat it, and keeps its place', async () => {
  const delivery = { app, provider: 'gitea', deliveryId: 'refused' }
  const { seq } = await recordDelivery(ledger, delivery)
  const later = await recordDelivery(ledger, { ...delivery, deliveryId: 'later' })
  expect(later.seq).toBeGreaterThan(seq)
  for (const end of [
    reopenDelivery,
    (...[of, key]: Parameters<typeof reopenDelivery>) => completeDelivery(of, { ...key, jobIds: [] }),
  ]) {
    await end(ledger, delivery)
    const repeats = await Promise.all(Array.from({ length: 20 }, () => recordDelivery(ledger, delivery)))
    expect(repeats.filter(({ first }) => first)).toHaveLength(1)
    expect(new Set(repeats.map((repeat) => repeat.seq))).toEqual(new Set([seq]))
  }
})

test('keys and deliveries of the past are pruned, a limited number at a time', async () => {
  for (let n = 0; n < 3; n++)
    await enqueueJob(ledger, { job: newBuild(app), by, idempotency: { key: `k${n}`, bodyHash: 'h' } })
  await sql("update idempotency_keys set created_at = now() - interval '25 hours'")
  expect(await pruneLedger(ledger, { limit: 2 })).toMatchObject({ idempotency_keys: 2 })
  expect(await pruneLedger(ledger, { limit: 2 })).toMatchObject({ idempotency_keys: 1 })
})

test('what deliveries told is forgotten a limited number at a time, and it says how many, so that none is left for the next look', async () => {
  await sql("update deliveries set content = '{}', received_at = now() - interval '31 days', body_hash = 'h'")
  const [{ count } = { count: 0 }] = await sql<{ count: number }>('select count(*)::int from deliveries')
  expect(count).toBeGreaterThan(2)
  expect(await pruneLedger(ledger, { limit: 2 })).toMatchObject({ 'contents of deliveries': 2 })
  expect(await pruneLedger(ledger, { limit: 100 })).toMatchObject({ 'contents of deliveries': count - 2 })
  expect(await pruneLedger(ledger, { limit: 100 })).toMatchObject({ 'contents of deliveries': 0 })
})
