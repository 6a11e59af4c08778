import type { EnvironmentView, JobDetailView } from '@stevedore/contract'
import { lacks, openTestDocker } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StevedoreProcess } from '../../harness/stevedore-process.ts'
import { openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

const password = 'correct-horse-battery'
/** Adds a line to its data with each start, and gives them out. */
const keep = 'echo "$LEVEL" >> /data/index.html; exec httpd -f -p 5432 -h /data'

describe.skipIf(lacks(...rolloutComponents))('an environment with a companion', () => {
  const docker = openTestDocker()
  let stage: RolloutStage
  let worker: StevedoreProcess
  let app = ''
  let image = ''

  beforeAll(async () => {
    stage = await openRolloutStage()
    worker = await stage.startWorker()
    await stage.declare({ replicas: 1 })
    const spec = (await stage.api.call('GET', '/v1/apps')).body.items[0]
    app = spec.app
    const put = await stage.api.call('PUT', `/v1/secrets/DB_PASSWORD?app=${app}`, { body: { value: password } })
    expect(put.status, put.text).toBeLessThan(300)
    const first = await stage.end(await stage.deploy())
    expect(first).toMatchObject({ state: 'succeeded', error: null })
    image = (first.result as { image: string }).image
  })
  afterAll(() => stage?.close())

  const declare = (change: object = {}, more: object = {}) =>
    stage.declare({
      replicas: 1,
      services: {
        db: {
          image,
          command: ['sh', '-c', keep],
          port: 5432,
          volume: { path: '/data' },
          env: { LEVEL: 'one' },
          secrets: ['DB_PASSWORD'],
          health: { interval: '200ms', deadline: '10s' },
          stopTimeout: '1s',
          ...change,
        },
      },
      ...more,
    })

  async function findDb(): Promise<{ id: string; revision: string } | undefined> {
    const filters = { label: [`io.stevedore.app=${app}`, 'io.stevedore.role=service'] }
    const [found, ...more] = await docker.listContainers({ all: true, filters })
    expect(more).toEqual([])
    return found && { id: found.Id, revision: found.Labels['io.stevedore.revision'] ?? '' }
  }

  const status = async (): Promise<EnvironmentView> =>
    (await stage.api.call('GET', `/v1/apps/${app}/environments/main`)).body

  /** What the app's containers get from it, by its name. */
  async function readDb(): Promise<string[]> {
    const command = ['sh', '-c', `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 db 5432`]
    const answer = await stage.api.call('POST', `/v1/apps/${app}/environments/main/runs`, { body: { command } })
    expect(answer.status, answer.text).toBe(202)
    const job = await stage.end(answer.body.id)
    expect(job).toMatchObject({ state: 'succeeded', error: null })
    return (await readLog(job)).split(/\r?\n/).filter((line) => /^(one|two)$/.test(line))
  }

  const readLog = async ({ id }: JobDetailView) => (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text

  const update = () => stage.request({ kind: 'deploy', service: 'db' })

  test('is made by the first deploy that names it, before the migration, also when the worker is killed in the middle', async () => {
    await declare({}, { migrate: { command: ['sh', '-c', 'nc -w 3 db 5432 </dev/null'] } })
    const dry = await stage.end(await stage.deploy({ dryRun: true }))
    expect(dry.result).toMatchObject({
      notes: [expect.stringContaining('makes the companion db')],
      changes: expect.arrayContaining([expect.objectContaining({ action: 'create', object: 'companion db' })]),
    })
    expect(await findDb()).toBeUndefined()
    const id = await stage.deploy()
    await stage.until(id, ({ type }) => type === 'service.started')
    worker.signal('SIGKILL')
    await worker.ended
    worker = await stage.startWorker()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', losses: 1 })
    expect((await findDb())?.revision).toBe('1')
    expect(await readDb()).toContain('one')
    const { services, observed } = await status()
    expect(services).toMatchObject([
      { name: 'db', revision: 1, seen: { healthy: true, state: 'running' }, changed: [], declared: true },
    ])
    expect(observed?.drift).toEqual([])
    const log = await stage.api.call('GET', `/v1/apps/${app}/environments/main/logs?process=db`)
    expect(log.status, log.text).toBe(200)
    expect(observed?.replicas).toHaveLength(1)
  })

  test('stays as it is with a deploy that says otherwise, and with a rollback; both say so', async () => {
    const before = await findDb()
    await declare({ env: { LEVEL: 'two' } })
    const id = await stage.deploy()
    await stage.until(
      id,
      ({ type, data }) => type === 'service.differs' && String(data.remedy).includes(`service update ${app} main db`),
    )
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', error: null })
    expect(await findDb()).toEqual(before)
    expect((await status()).services).toMatchObject([{ revision: 1, changed: ['env'] }])
    expect(await stage.end(await stage.request({ kind: 'rollback' }))).toMatchObject({
      state: 'succeeded',
      error: null,
    })
    expect(await findDb()).toEqual(before)
  })

  test('an update replaces it with its data; one that does not come up brings back what ran', async () => {
    const done = await stage.end(await update())
    expect(done).toMatchObject({ state: 'succeeded', result: { service: 'db', revision: 2 } })
    expect([...new Set(await readDb())]).toEqual(['one', 'two'])
    await declare({ command: ['sh', '-c', 'echo "no data for $DB_PASSWORD"; exit 3'] })
    const failed = await stage.end(await update())
    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'container-crashed', diagnosis: expect.stringContaining('db runs as it was before') },
    })
    expect(JSON.stringify(failed) + (await readLog(failed))).not.toContain(password)
    expect((await findDb())?.revision).toBe('2')
    expect((await status()).services).toMatchObject([
      { revision: 2, seen: { healthy: true }, changed: ['command', 'env'] },
    ])
  })

  test('its backup runs in it before it is replaced: again where the worker is killed in it, and one that fails changes nothing', async () => {
    const before = await findDb()
    const dump = (script: string) => ({ backup: { command: ['sh', '-c', script], timeout: '1m' } })
    await declare({ env: { LEVEL: 'backed-up' }, ...dump('echo "dumps as $LEVEL for $DB_PASSWORD"; exit 5') })
    const failed = await stage.end(await update())
    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'backup-failed', diagnosis: expect.stringContaining('exited with code 5') },
    })
    expect(await findDb()).toEqual(before)
    expect(await readLog(failed)).toContain('dumps as two for ***')
    const once =
      'if [ -e /data/begun ]; then mv /data/begun /data/dump; else touch /data/begun; echo waits; sleep 300; fi'
    await declare({ env: { LEVEL: 'backed-up' }, ...dump(once) })
    const id = await update()
    const isBegun = async () => (await readLog({ id } as JobDetailView)).includes('waits')
    await expect.poll(isBegun, { timeout: 60_000 }).toBe(true)
    worker.signal('SIGKILL')
    await worker.ended
    worker = await stage.startWorker()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', losses: 1, result: { revision: 4 } })
    expect((await findDb())?.revision).toBe('4')
    const body = { command: ['sh', '-c', 'ls /data; ps'], process: 'db' }
    const looked = await stage.api.call('POST', `/v1/apps/${app}/environments/main/execs`, { body })
    const look = await readLog(await stage.end(looked.body.id))
    expect(look).toContain('dump')
    expect(look).not.toContain('sleep 300')
  })

  test('a removal leaves its data, and the next deploy begins with them as it was last made', async () => {
    expect(await stage.end(await stage.request({ kind: 'deploy', remove: true }))).toMatchObject({
      state: 'succeeded',
      result: { volumesLeft: ['db.data'] },
    })
    expect(await findDb()).toBeUndefined()
    await declare({ env: { LEVEL: 'three' } })
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
    expect((await findDb())?.revision).toBe('4')
    expect([...new Set(await readDb())]).toEqual(['one', 'two'])
  })

  test('a removal with data ends both; what is deployed after that begins anew, as the spec says', async () => {
    const removed = await stage.end(await stage.request({ kind: 'deploy', remove: true, withData: true }))
    expect(removed).toMatchObject({ state: 'succeeded', result: { volumesRemoved: ['db.data'] } })
    await declare()
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
    expect(await readDb()).toEqual(['one'])
    expect((await status()).services).toMatchObject([{ revision: 5, changed: [] }])
  })

  test('a ledger that knows nothing of it, a restored copy, takes it as it is', async () => {
    const before = await findDb()
    const database = new Client({ connectionString: stage.api.databaseUrl })
    await database.connect()
    await database.query('delete from services')
    await database.end()
    await declare({ env: { LEVEL: 'four' } })
    expect(await stage.end(await update())).toMatchObject({ state: 'failed', error: { code: 'needs-attention' } })
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
    expect(await findDb()).toEqual(before)
    expect((await status()).services).toMatchObject([{ revision: 5, seen: { healthy: true } }])
  })

  test('what the spec does not name cannot be updated, and one that is not its own is refused', async () => {
    const ask = (body: object) =>
      stage.api.call('POST', '/v1/jobs', { body: { kind: 'deploy', app, environment: 'main', ...body } })
    expect((await ask({ service: 'cache' })).status).toBe(404)
    expect((await ask({ service: 'db', version: '1.0.0' })).body.faults).toMatchObject([{ path: ['version'] }])
    expect((await ask({ service: '../db' })).status).toBe(422)
  })
})
