import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { getJob } from '@stevedore/ledger'
import { lacks, startPostgres, type TestPostgres, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ApiProcess, startApiProcess } from '../harness/api-process.ts'
import { type ReleaseTree, unpackRelease } from '../harness/release-tree.ts'
import { findLastRelease, releaseComponent, root } from '../harness/releases.ts'
import type { StevedoreProcess } from '../harness/stevedore-process.ts'
import { assertInvariants } from './invariants.ts'
import { assertRuns } from './service.ts'
import { type Shipping, startShipping } from './shipping.ts'
import { openStage, type Stage } from './stage.ts'

// A minute on a machine with nothing else to do.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 })

/** More than there are workers, each of which has one job of a kind at a time: so each of them has one. */
const apps = ['anchor', 'buoy', 'crane', 'dock', 'ebb']
const run = promisify(execFile)
type Signal = (name: 'SIGKILL') => unknown

describe.skipIf(lacks(releaseComponent()))('an upgrade from the last release, under load', () => {
  let postgres: TestPostgres
  let old: ReleaseTree
  let stage: Stage
  let oldApi: ApiProcess
  /** Who is asked for jobs. */
  const apis: ApiProcess[] = []
  let shippings: Shipping[] = []

  const launcherOf = (tree: string) => join(tree, 'bin/stevedore.js')
  const migrate = (tree: string) =>
    run(process.execPath, [launcherOf(tree), 'migrate'], {
      env: { PATH: process.env.PATH, DATABASE_URL: postgres.url },
    })
  const startApi = (tree: string) =>
    startApiProcess({
      databaseUrl: postgres.url,
      env: { ALLOW_FILE_SOURCES: 'true' },
      command: launcherOf(tree),
      ...(oldApi?.firstToken && { token: oldApi.firstToken }),
    })
  const startWorkers = (tree: string) =>
    Promise.all([1, 2].map(() => stage.startWorker({ WORKER_CONCURRENCY: '1', LEASE_MS: '10000' }, tree)))
  const shipMore = (count: number) => Promise.all(shippings.map((shipping) => shipping.shipMore(count)))

  beforeAll(async () => {
    old = await unpackRelease(findLastRelease().commit)
    postgres = await startPostgres()
    await migrate(old.path)
    stage = await openStage({ databaseUrl: postgres.url })
    oldApi = await startApi(old.path)
    apis.push(oldApi)
  })
  afterAll(async () => {
    await Promise.all(apis.map((api) => api.kill()))
    await stage?.close()
    await postgres?.stop()
    await old?.remove()
  })

  async function declare(app: string, index: number): Promise<void> {
    const body = {
      app,
      source: { git: stage.git },
      image: { registry: 'registry.example.com', name: `acme/${app}` },
      environments: { staging: { engine: 'docker', port: 8_081 + index, drain: '0s' } },
    }
    expect((await oldApi.call('PUT', `/v1/apps/${app}`, { body })).status).toBe(201)
  }

  /** Kills once each worker has built something and has not recorded it. @returns the jobs of the killed workers */
  async function killInMidBuild(workers: StevedoreProcess[], killed: { pid?: number; signal: Signal }[]) {
    const { script } = stage
    script.hold('built', 'heedful', { attempt: 1 })
    const past = script.deeds().length
    const findHeld = () => {
      const held = script
        .deeds()
        .slice(past)
        .filter(({ what, point }) => what === 'reached' && point === 'built')
      return workers.every(({ pid }) => held.some((deed) => deed.pid === pid)) && held
    }
    const held = await waitUntil('a build in the hands of each worker', findHeld, { timeoutMs: 150_000 })
    for (const process of killed) process.signal('SIGKILL')
    script.lift('built', { attempt: 1 })
    return held.filter((deed) => killed.some(({ pid }) => pid === deed.pid)).map(({ jobId }) => jobId)
  }

  test('old and new APIs and workers side by side: each job that was taken ends once, whoever is killed', async () => {
    const oldWorkers = await startWorkers(old.path)
    for (const [index, app] of apps.entries()) await declare(app, index)
    shippings = apps.map((app) => startShipping(stage, app, apis))
    await shippings[0]!.shipMore(1)

    await migrate(root)
    const [newWorkers, newApi] = await Promise.all([startWorkers(root), startApi(root)])
    apis.push(newApi)
    const killed = [oldWorkers[0]!, newWorkers[0]!, newApi]
    const inHand = await killInMidBuild([...oldWorkers, ...newWorkers], killed)
    apis[1] = await startApi(root)
    await shipMore(1)

    expect(await oldApi.call('GET', '/v1/audit/verify')).toMatchObject({ status: 200, body: { ok: true } })
    const [newest] = (await apis[1].call('GET', '/v1/jobs?limit=1')).body.items
    expect(await oldApi.call('GET', `/v1/jobs/${newest.id}`)).toMatchObject({ status: 200, body: { id: newest.id } })

    apis.shift()
    expect(await oldApi.stop()).toBe(0)
    oldWorkers[1]!.signal('SIGTERM')
    expect(await oldWorkers[1]!.ended).toBe(0)
    await shipMore(1)
    await Promise.all(shippings.map((shipping) => shipping.stop()))
    expectEachOnce()
    for (const id of inHand) expect((await getJob(stage.ledger, id))?.losses).toBeGreaterThan(0)
    await assertInvariants(stage.ledger)
  })

  /** Beside the invariants: a job that one worker had in hand from its start to its end pushed once, and what is shipped last serves. */
  function expectEachOnce(): void {
    for (const { app, jobs } of shippings) {
      for (const job of jobs) expect(job).toMatchObject({ state: 'succeeded', failures: 0 })
      for (const { id } of jobs.filter(({ kind, attempt }) => kind === 'build' && attempt === 1))
        expect(stage.script.attemptsThat('push', id)).toEqual([1])
      const revision = jobs.length / 2
      assertRuns(stage.script, app, revision, { [revision]: 1 })
    }
  }
})
