import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createRepository,
  gitComponent,
  lacks,
  mountSmallDisk,
  type SmallDisk,
  sampleSpec,
  smallDiskComponent,
  type TestRepository,
  waitForJob,
  waitUntil,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorkerStage, type WorkerStage } from './stage.ts'

describe.skipIf(lacks(gitComponent, smallDiskComponent))('a worker whose disk is full', () => {
  let stage: WorkerStage
  let dataDir: string
  let work: string
  let disk: SmallDisk
  let repository: TestRepository
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'stevedore-full-'))
    work = join(dataDir, 'work')
    await mkdir(work, { mode: 0o700 })
    disk = mountSmallDisk(work, small)
    stage = await openWorkerStage(
      { STEVEDORE_DATA_DIR: dataDir, ALLOW_FILE_SOURCES: 'true' },
      { allowFileSources: true },
    )
    repository = createRepository()
    repository.commit({ Dockerfile: 'FROM scratch\n', large: randomBytes(3 * 2 ** 20) })
  })
  afterAll(async () => {
    await stage?.close()
    repository?.remove()
    disk?.unmount()
    await rm(dataDir, { recursive: true, force: true })
  })

  const small = { mebibytes: 1, files: 400 }
  const grow = () => disk.resize({ mebibytes: 64, files: 10_000 })
  const shrink = () => disk.resize(small)

  async function build(app: string) {
    const source = { git: repository.url }
    await stage.api.call('PUT', `/v1/apps/${app}`, { body: { ...sampleSpec(app), source } })
    return stage.request({ kind: 'build', app, version: '1.0.0', target: 'production' })
  }

  /** What attempts have in the folders that worker processes work in. */
  async function listLeft(): Promise<string[]> {
    const folders = (await readdir(work)).filter((name) => name !== 'others')
    return (await Promise.all(folders.map((name) => readdir(join(work, name))))).flat()
  }

  async function expectWait(id: string): Promise<void> {
    const waiting = await waitForJob(stage.api.ledger, id, ({ state }) => state === 'waiting' || state === 'failed')
    expect(waiting).toMatchObject({ waitingFor: 'engine', failures: 0, losses: 0, error: { code: 'no-space' } })
    await waitUntil('the folder of the attempt to go', async () => (await listLeft()).length === 0 || undefined)
    grow()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0 })
  }

  test('says so, frees what it took, and goes on when there is room: in the middle of a checkout', async () => {
    const worker = await stage.startWorker()
    await expectWait(await build('large'))
    await worker.close()
    shrink()
  })

  test('and where not even a folder can be made', async () => {
    const worker = await stage.startWorker()
    const others = join(work, 'others')
    await mkdir(others)
    for (let count = 0; ; count++) if (!(await tryWrite(join(others, String(count))))) break
    await expectWait(await build('folder'))
    await worker.close()
  })

  async function tryWrite(path: string): Promise<boolean> {
    return writeFile(path, '').then(
      () => true,
      () => false,
    )
  }
})
