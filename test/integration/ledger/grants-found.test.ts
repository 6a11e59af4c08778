import { randomBytes } from 'node:crypto'
import { type AppSpecInput, appName, environmentSpec, listResources } from '@stevedore/contract'
import { getApp, listForeignRepositories, listGrants, migrateLedger, openLedger } from '@stevedore/ledger'
import { createTestDatabase } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { returnToFirstRelease } from './older-database.ts'

/** Specs as they were declared before there were grants: several share what one alone has now. */
const specs = [
  { app: 'plain' },
  { app: 'one', image: { registry: 'ghcr.io:443', name: 'acme/same' } },
  { app: 'two', image: { registry: 'ghcr.io', name: 'acme/same' } },
  { app: 'hub', image: { registry: 'index.docker.io', name: 'acme/hub' } },
  { app: 'common', image: { registry: 'docker.io', name: 'node' } },
  {
    app: 'placed',
    environments: {
      a: { engine: 'kubernetes', namespace: 'shared', ingress: { host: ['a.test', '*.b.test'] } },
      b: { engine: 'kubernetes', namespace: 'shared', context: 'prod', deployment: 'web', ingress: { host: 'c.test' } },
    },
  },
  {
    app: 'beside',
    environments: {
      a: { engine: 'kubernetes', namespace: 'shared', deployment: 'web' },
      b: { engine: 'docker', host: 'a.test' },
      c: { engine: 'docker', host: ['d.test', { name: 'e.test', redirect: 'd.test' }] },
      d: { engine: 'docker', port: 8_081, ports: [{ containerPort: 9_000, host: 'f.test' }] },
    },
  },
] satisfies AppSpecInput[]

const runs = { app: 'placed', environment: 'old', settings: { engine: 'docker', host: 'before.test' } }
const image = `registry.example.com:5000/old/name@sha256:${'a'.repeat(64)}`

async function openUpgraded() {
  const database = await createTestDatabase()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await returnToFirstRelease(client)
  for (const spec of [...specs, { app: 'gone', image: { registry: 'ghcr.io', name: 'acme/gone' } }])
    await declare(client, spec)
  await client.query(`update apps set retired_at = now() where app = 'gone'`)
  await insertRunning(client)
  const ledger = openLedger({ url: database.url, masterKey: randomBytes(32) })
  afterAll(async () => {
    await client.end()
    await ledger.close()
    await database.drop()
  })
  await migrateLedger(database.url)
  return ledger
}

async function declare(client: Client, spec: { app: string }): Promise<void> {
  await client.query('insert into apps (app, spec_version) values ($1, 1)', [spec.app])
  await client.query('insert into app_specs (app, spec_version, spec, declared_by) values ($1, 1, $2, $3)', [
    ...[spec.app, JSON.stringify(spec), 'token:ada'],
  ])
}

/** With settings and an image that the spec does not name any more. */
async function insertRunning(client: Client): Promise<void> {
  const { app, environment, settings } = runs
  const { rows } = await client.query(
    `insert into jobs (id, kind, app, environment, spec_version, request, payload, next, state, attempt, max_failures, max_losses, in_line,
       approval, queue, requested_by, correlation_id)
     values (gen_random_uuid(), 'deploy', $1, $2, 1, '{}', '{}', '[]', 'succeeded', 1, 3, 3, false, false, 'latest', 'token:ada', 'c')
     returning id`,
    [app, environment],
  )
  await client.query(
    'insert into environments (app, environment, current_revision, last_revision) values ($1, $2, 1, 1)',
    [app, environment],
  )
  await client.query(
    `insert into revisions (app, environment, number, image, version, settings, spec_version, strategy, state, cause, job_id, created_by)
     values ($1, $2, 1, $3, '1', $4, 1, 'rolling', 'active', 'deploy', $5, 'token:ada')`,
    [app, environment, image, JSON.stringify(environmentSpec.parse(settings)), rows[0].id],
  )
}

const ledger = await openUpgraded()
const nameOf = ({ kind, name, context }: { kind: string; name: string; context: string }) =>
  `${kind} ${context} ${name}`

test.each(specs.map(({ app }) => [appName.parse(app)]))(
  '%s has what it declared, by the names of today',
  async (app) => {
    const declared = await getApp(ledger, app)
    const expected = declared ? listResources(declared.spec).map(nameOf) : []
    const running = app === runs.app ? ['host  before.test', 'repository  registry.example.com:5000/old/name'] : []
    const found = (await listGrants(ledger, { app })).filter((grant) => grant.access === 'own')
    expect(found.map(nameOf).toSorted()).toEqual([...new Set([...expected, ...running])].toSorted())
    for (const grant of found) expect(grant).toMatchObject({ cause: 'found', grantedBy: 'system' })
  },
)

test('what is shared stays shared, what is retired has nothing, and every app goes on to build from what there was', async () => {
  const all = await listGrants(ledger, {})
  expect(all.filter(({ name, access }) => name === 'ghcr.io/acme/same' && access === 'own')).toHaveLength(2)
  expect(all.filter(({ name }) => name === 'ghcr.io/acme/gone')).toEqual([])
  expect(all.filter(({ name, app }) => name === 'ghcr.io/acme/same' && app === '*')).toMatchObject([{ access: 'read' }])
  expect(await listForeignRepositories(ledger, 'plain')).toEqual([])
})
