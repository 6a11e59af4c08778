import type { Ledger } from '@stevedore/ledger'
import { createRepository, sampleSpec } from '@stevedore/testkit'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
const repository = createRepository()
beforeAll(async () => {
  repository.commit({ Dockerfile: 'FROM scratch\n' })
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
})
afterAll(async () => {
  await stage?.close()
  repository.remove()
})

type When = 'before it is asked' | 'after it was done, before the answer'

/** Cuts the connection at each sort of statement, once: a commit is of the sort of its transaction. @returns what was cut so far */
function cutEach(ledger: Ledger, when: When): { cut: string[]; stop(): void } {
  const seen = new Set<string>()
  const cut: string[] = []
  let isOver = false
  const wrap = (client: PoolClient) => {
    const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>
    const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection
    let within: string[] = []
    client.query = (async (...given: unknown[]) => {
      const [asked] = given
      const text = String(typeof asked === 'string' ? asked : (asked as { text: string }).text)
      if (text === 'BEGIN') within = []
      within.push(text)
      const sort = text === 'COMMIT' ? within.join(';') : text
      if (isOver || seen.has(sort)) return query(...given)
      seen.add(sort)
      cut.push(sort)
      if (when === 'after it was done, before the answer') await query(...given)
      stream.destroy()
      return query(...given)
    }) as never
  }
  ledger.pool.on('connect', wrap)
  return {
    cut,
    stop() {
      isOver = true
      ledger.pool.off('connect', wrap)
    },
  }
}

describe.each<When>(['before it is asked', 'after it was done, before the answer'])(
  'a connection that is cut at each call of the ledger in turn, %s',
  (when) => {
    const app = when.startsWith('before') ? 'cut-before' : 'cut-after'

    test('charges no job with anything, and repeats no build, push or deploy', async () => {
      const { images, deploy } = stage.engines
      const [build, push, finalize] = [
        vi.spyOn(images, 'build'),
        vi.spyOn(images, 'push'),
        vi.spyOn(deploy.docker, 'finalize'),
      ]
      const staging = { engine: 'docker', port: when.startsWith('before') ? 8_801 : 8_802, replicas: 1 } as const
      const spec = { ...sampleSpec(app), source: { git: repository.url }, environments: { staging } }
      expect(await stage.api.call('PUT', `/v1/apps/${app}`, { body: spec })).toMatchObject({ status: 201 })
      const ledger = stage.openLedger()
      const cuts = cutEach(ledger, when)
      const worker = await stage.startWorker({}, ledger)
      const once = { state: 'succeeded', failures: 0, losses: 0, attempt: 1 }
      for (const request of [
        { kind: 'build', app, version: '1.0.0' },
        { kind: 'push', app, version: '1.0.0' },
        { kind: 'deploy', app, version: '1.0.0', environment: 'staging' },
      ] as const)
        expect.soft(await stage.run(request), request.kind).toMatchObject(once)
      expect([build, push, finalize].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 1])
      expect(cuts.cut.filter((sort) => /into "images"/.test(sort)).length).toBeGreaterThan(0)
      expect(cuts.cut.length).toBeGreaterThan(50)
      cuts.stop()
      await worker.close()
      await ledger.close()
      vi.restoreAllMocks()
      expect((await stage.api.call('GET', '/v1/audit/verify')).body.ok).toBe(true)
    })
  },
)
