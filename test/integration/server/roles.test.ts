import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiCaller, startPostgres, type TestPostgres } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startApiProcess } from '../../harness/api-process.ts'
import { startStevedoreProcess } from '../../harness/stevedore-process.ts'

let postgres: TestPostgres
let dir = ''
beforeAll(async () => {
  postgres = await startPostgres()
  dir = await mkdtemp(join(tmpdir(), 'stevedore-roles-'))
  await query(postgres.url, "create role the_owner login createrole password 'owns'")
})
afterAll(async () => {
  await postgres.stop()
  await rm(dir, { recursive: true, force: true })
})

/** An empty database of its own, and the roles that an operator gives it. */
let ownerUrl = ''
let serviceUrl = ''
let count = 0
beforeEach(async () => {
  count += 1
  await query(postgres.url, `create database stevedore_${count} owner the_owner`)
  ownerUrl = as('the_owner', 'owns')
  serviceUrl = as(`serves_${count}`, 'only it/knows')
})

function as(name: string, password: string): string {
  const url = Object.assign(new URL(postgres.url), { username: name, password, pathname: `/stevedore_${count}` })
  return url.href
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

async function run(arguments_: string[], env: Record<string, string>) {
  const command = startStevedoreProcess(arguments_, { STEVEDORE_DATA_DIR: dir, PORT: '0', ...env })
  onTestFinished(async () => {
    command.signal('SIGKILL')
    await command.ended
  })
  return { status: await command.ended, output: command.readOutput() }
}

const migrate = (env: Record<string, string> = {}) =>
  run(['migrate'], { DATABASE_URL: ownerUrl, SERVICE_DATABASE_URL: serviceUrl, ...env })

async function startApi(databaseUrl: string, env: Record<string, string> = {}) {
  const api = await startApiProcess({ databaseUrl, env })
  onTestFinished(() => api.kill())
  return api
}

test('`migrate` makes the role of the service, again and again, with its password of now', async () => {
  expect(await migrate()).toMatchObject({ status: 0, output: 'The tables are up to date.' })
  serviceUrl = as(`serves_${count}`, 'another')
  expect(await migrate()).toMatchObject({ status: 0 })
  expect(await query(serviceUrl, 'select count(*)::int as jobs from jobs')).toEqual([{ jobs: 0 }])
  await query(ownerUrl, 'create table later (id int generated always as identity, name text)')
  await query(serviceUrl, "insert into later (name) values ('x'); update later set name = 'y'; delete from later")
  await expect(query(serviceUrl, 'delete from audit')).rejects.toMatchObject({ code: '42501' })
})

test('`migrate` goes on beside what the service made in the schema of the queue, and beside what others made anywhere', async () => {
  const transport = { REDIS_URL: '' }
  expect(await migrate(transport)).toMatchObject({ status: 0 })
  // As a worker does for each of its queues.
  await query(serviceUrl, 'create sequence stevedore_queue.bullmq_jid_1')
  await query(serviceUrl, 'create table stevedore_queue.of_the_service (id int)')
  await query(as('postgres', new URL(postgres.url).password), 'create table public.of_another (id int)')
  expect(await migrate(transport)).toMatchObject({ status: 0, output: 'The tables are up to date.' })
  expect(await query(serviceUrl, "select nextval('stevedore_queue.bullmq_jid_1')::int as id")).toEqual([{ id: 1 }])
})

test('an owner that may not create roles works with those that an administrator made, whose password it only tries', async () => {
  const admin = (statement: string) => query(as('postgres', new URL(postgres.url).password), statement)
  const name = `serves_${count}`
  await admin(
    `create role poor_${count} login password 'owns'; alter database stevedore_${count} owner to poor_${count}`,
  )
  await admin('do $$ begin create role stevedore_service; exception when duplicate_object then end $$')
  await admin(`create role ${name} login password 'of the administrator' in role stevedore_service`)
  ownerUrl = as(`poor_${count}`, 'owns')
  const wrong = await migrate()
  expect(wrong.status).toBe(1)
  expect(wrong.output).toContain(`${name} cannot sign in with the password of SERVICE_DATABASE_URL`)
  serviceUrl = as(name, 'of the administrator')
  const { status, output } = await run(['migrate', '--first-token'], {
    DATABASE_URL: ownerUrl,
    SERVICE_DATABASE_URL: serviceUrl,
  })
  expect({ status, output }).toMatchObject({ status: 0, output: expect.stringMatching(/\bstv_/) })
  expect(await query(serviceUrl, 'select count(*)::int as jobs from jobs')).toEqual([{ jobs: 0 }])
  await admin(`revoke stevedore_service from ${name}`)
  expect((await migrate()).output).toContain(`may not make ${name} a member of stevedore_service`)
})

test('an API and a worker start under it, say nothing of its rights, and work', async () => {
  await migrate()
  const api = await startApi(serviceUrl, { STEVEDORE_ENV: 'staging' })
  expect((await api.call('GET', '/v1/audit/guard')).body).toEqual({ role: `serves_${count}`, may: [] })
  expect((await api.call('GET', '/metrics')).text).toMatch(/^audit_trail_unguarded 0$/m)
  expect((await api.call('GET', '/ready')).body).toMatchObject({ status: 'ready' })
  const worker = startStevedoreProcess(['worker'], {
    DATABASE_URL: serviceUrl,
    STEVEDORE_ENV: 'staging',
    STEVEDORE_DATA_DIR: join(dir, 'worker'),
  })
  onTestFinished(async () => {
    worker.signal('SIGKILL')
    await worker.ended
  })
  await worker.waitForLine(/"message":"working"/)
  expect(worker.readOutput()).not.toContain('AUDIT TRAIL')
})

test.each(['api', 'worker'])(
  '`%s` under it does not start on tables of another version, and says what to run',
  async (name) => {
    await migrate()
    await query(
      ownerUrl,
      'delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)',
    )
    const { status, output } = await run([name], { DATABASE_URL: serviceUrl })
    expect(status).toBe(1)
    expect(output).toContain('The tables of DATABASE_URL are not those of this version of Stevedore')
    expect(output).toContain('Run `stevedore migrate` of this version with the DATABASE_URL of the role that owns them')
  },
)

test('an installation that runs as the owner goes on, and is told so: in its log, its metrics and by `doctor`', async () => {
  const api = await startApi(ownerUrl, { STEVEDORE_ENV: 'staging' })
  expect((await api.call('GET', '/v1/audit/guard')).body).toEqual({
    role: 'the_owner',
    may: ['owns the table of the trail', 'may make itself a member of other roles'],
  })
  expect((await api.call('GET', '/metrics')).text).toMatch(/^audit_trail_unguarded 1$/m)
  const { output } = await run(['doctor'], { STEVEDORE_URL: api.address, STEVEDORE_TOKEN: api.firstToken ?? '' })
  expect(output).toMatch(/- +trail +could be changed by the server: its PostgreSQL role the_owner owns the table/)
})

test('in production nothing starts as the owner, and the service does', async () => {
  const production = { STEVEDORE_ENV: 'production', STEVEDORE_MASTER_KEY: randomBytes(32).toString('base64') }
  await migrate()
  for (const name of ['api', 'worker']) {
    const { status, output } = await run([name], { DATABASE_URL: ownerUrl, ...production })
    expect({ name, status, output }).toMatchObject({
      status: 1,
      output: expect.stringContaining(
        'The role the_owner of DATABASE_URL may change the audit trail: it owns the table of the trail',
      ),
    })
    expect(output).toContain('with SERVICE_DATABASE_URL')
  }
  const api = await startApi(serviceUrl, { ...production, HOST: '127.0.0.1' })
  expect((await api.call('GET', '/ready')).body).toMatchObject({ status: 'ready' })

  expect(await api.call('PUT', '/v1/secrets/TOKEN', { body: { value: 'sealed by this one' } })).toMatchObject({
    status: 200,
  })
  const key = { STEVEDORE_MASTER_KEY: randomBytes(32).toString('base64') }
  const other = await startApi(serviceUrl, { ...production, ...key, HOST: '127.0.0.1' })
  expect(other.readOutput()).toMatch(/"sealedApart":\["TOKEN"\].*1 SECRETS AND 0 CERTIFICATES DO NOT OPEN/)
  const { output } = await run(['doctor'], { STEVEDORE_URL: other.address, STEVEDORE_TOKEN: api.firstToken ?? '' })
  expect(output).toMatch(/master key +the server’s does not open TOKEN/)
})

test.each([
  ['the owner', () => ownerUrl, 'owns the tables, or rules roles'],
  ['a superuser', () => as('postgres', 'x'), 'owns the tables, or rules roles'],
  ['a role without a password', () => as('somebody', ''), 'names no role or no password'],
])('%s is not taken for the service', async (_, url, why) => {
  const { status, output } = await migrate({ SERVICE_DATABASE_URL: url() })
  expect(status).toBe(1)
  expect(output).toContain(why)
})

test('`up` with a database of its own works under a role of its own too', async () => {
  const up = startStevedoreProcess(['up'], { PORT: '0', STEVEDORE_DATA_DIR: join(dir, 'up'), STEVEDORE_ENV: 'staging' })
  onTestFinished(async () => {
    up.signal('SIGTERM')
    await up.ended
  })
  const [, address = ''] = /listens on (\S+)/.exec(await up.waitForLine(/^Stevedore listens on /)) ?? []
  const token = /\bstv_\S+/.exec(up.readOutput())?.[0] ?? ''
  const { body } = await createApiCaller(address, token)('GET', '/v1/audit/guard')
  expect(body).toEqual({ role: 'stevedore_up', may: [] })
})
