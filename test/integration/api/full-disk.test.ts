import { chmod, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateLedger } from '@stevedore/ledger'
import {
  lacks,
  mountSmallDisk,
  type SmallDisk,
  sampleSpec,
  smallDiskComponent,
  startPostgres,
  type TestPostgres,
  waitUntil,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

describe.skipIf(lacks(smallDiskComponent))('a Postgres whose disk is full', () => {
  let folder: string
  let disk: SmallDisk
  let postgres: TestPostgres
  let api: TestApi
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stevedore-full-'))
    disk = mountSmallDisk(folder, { mebibytes: 160 })
    // It does not run as root, and finds its folder by its name.
    await chmod(folder, 0o711)
    postgres = await startPostgres({ parent: folder })
    await migrateLedger(postgres.url)
    api = await startTestApi({ databaseUrl: postgres.url })
    await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  })
  afterAll(async () => {
    await api?.close()
    await postgres?.stop()
    disk?.unmount()
    await rm(folder, { recursive: true, force: true })
  })

  const ask = (key: string) =>
    api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' }, headers: { 'idempotency-key': key } })

  async function fill(): Promise<void> {
    const { bavail, bsize } = await statfs(folder)
    await writeFile(join(folder, 'rest'), Buffer.alloc(bavail * bsize))
  }

  /** What was taken, by key, until one is not. */
  async function askUntilRefused() {
    const taken = new Map<string, string>()
    for (let index = 0; ; index++) {
      const answer = await ask(`key-${index}`)
      if (answer.status !== 202) return { taken, refused: { key: `key-${index}`, answer } }
      taken.set(`key-${index}`, answer.body.id)
    }
  }

  test('is told as away; nothing that was taken is lost, what was refused is not kept, and the trail is whole', async () => {
    await fill()
    const { taken, refused } = await askUntilRefused()
    expect(refused.answer).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } })
    expect(Number(refused.answer.headers.get('retry-after'))).toBeGreaterThan(0)

    await rm(join(folder, 'rest'))
    // It ends itself where its log has no room, and is somebody's to start.
    if (!(await postgres.isRunning())) await postgres.restart()
    const answers = async () => (await api.call('GET', '/v1/jobs')).status === 200
    await waitUntil('a ledger that answers', answers, { timeoutMs: 60_000 })
    for (const [key, id] of taken) expect((await ask(key)).body.id, key).toBe(id)
    const again = await ask(refused.key)
    expect(again.status).toBe(202)
    expect([...taken.values()]).not.toContain(again.body.id)
    expect((await api.call('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true })
  })
})
