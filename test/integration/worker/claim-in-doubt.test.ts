import type { Ledger } from '@stevedore/ledger'
import { createRepository, sampleSpec } from '@stevedore/testkit'
import { Client, type PoolClient } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let looker: Client
const repository = createRepository()
beforeAll(async () => {
  repository.commit({ Dockerfile: 'FROM scratch\n' })
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
  looker = new Client({ connectionString: stage.api.databaseUrl })
  await looker.connect()
})
afterAll(async () => {
  await looker?.end()
  await stage?.close()
  repository.remove()
})

async function isAskedAgain(): Promise<boolean> {
  const { rows } = await looker.query(
    `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0].waiting > 0
}

/** The first claim's connection is cut in its commit, which the server carries out only when the worker has come to ask again. */
function delayClaim(ledger: Ledger): { isDelayed(): boolean } {
  let isDelayed = false
  ledger.pool.on('connect', (client: PoolClient) => {
    const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>
    const end = (client as unknown as Client).end.bind(client)
    let isClaim = false
    client.query = (async (...given: unknown[]) => {
      const [asked] = given
      const text = String(typeof asked === 'string' ? asked : (asked as { text: string }).text)
      if (text === 'BEGIN') isClaim = false
      if (/update jobs set state = 'running'/.test(text)) isClaim = true
      if (text !== 'COMMIT' || !isClaim || isDelayed) return query(...given)
      isDelayed = true
      const committed = expect
        .poll(isAskedAgain, { timeout: 10_000 })
        .toBe(true)
        .then(() => query('COMMIT'))
      ;(client as unknown as Client).end = (() => committed.then(() => end())) as never
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    }) as never
  })
  return { isDelayed: () => isDelayed }
}

test('a claim whose commit outlasts its connection is the worker’s own: it costs no attempt and no loss', async () => {
  const app = 'in-doubt'
  const spec = { ...sampleSpec(app), source: { git: repository.url } }
  expect(await stage.api.call('PUT', `/v1/apps/${app}`, { body: spec })).toMatchObject({ status: 201 })
  const ledger = stage.openLedger()
  const delay = delayClaim(ledger)
  const worker = await stage.startWorker({}, ledger)
  const job = await stage.run({ kind: 'build', app, version: '1.0.0' })
  expect(delay.isDelayed()).toBe(true)
  expect(job).toMatchObject({ state: 'succeeded', failures: 0, losses: 0, attempt: 1 })
  await worker.close()
})
