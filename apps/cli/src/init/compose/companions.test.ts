import { join } from 'node:path'
import { appSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { parseSpec } from '../../parse-spec.ts'
import { makeProject } from '../../testing/project.ts'
import type { Draft } from '../draft.ts'
import { unknownDigest } from '../held-back.ts'
import { keepAllowed } from '../keep-allowed.ts'
import { fieldsOf } from '../values.ts'
import { createUsedPorts } from '../way-in.ts'
import { writeSpec } from '../write-spec.ts'
import { draftProject } from './draft-project.ts'
import { loadProject } from './load-project.ts'

async function importText(services: string, engine: Draft['engine'] = 'docker') {
  const folder = await makeProject({
    Dockerfile: 'FROM a',
    'job/Dockerfile': 'FROM b',
    'init.sql': '',
    'sql/x.sql': '',
  })
  const place = { folder, root: folder, git: undefined }
  const project = await loadProject(`services:\n${services.replaceAll(/^/gm, '  ')}`, {
    place,
    path: join(folder, 'compose.yaml'),
  })
  const context = { project, place, folder, used: createUsedPorts() }
  const { drafts, leftOut } = await draftProject(context, { app: undefined, environment: 'staging', engine })
  for (const draft of drafts) keepAllowed(draft)
  const [draft] = drafts
  const list = (one: Draft | undefined) => (one?.leftOut ?? []).map(({ what, why }) => `${what}: ${why}`).join('\n')
  return {
    drafts,
    draft: draft!,
    services: servicesOf(draft),
    told: list(draft),
    toDecide: draft?.toDecide.map(({ text }) => text).join('\n') ?? '',
    unused: leftOut.map(({ what, why }) => `${what}: ${why}`).join('\n'),
  }
}

function servicesOf(draft: Draft | undefined): Record<string, Record<string, unknown>> {
  const { staging } = fieldsOf(draft?.spec.environments) as {
    staging?: { services?: Record<string, Record<string, unknown>> }
  }
  return staging?.services ?? {}
}

/** The file with what is a comment in it declared, as a person would. */
function declareAll(text: string): unknown {
  const block = /\n# Companions[\s\S]*?\n(?!#)/.exec(text)?.[0] ?? ''
  const open = block.replaceAll(/^# (?= {4})/gm, '').replaceAll('sha256:…', unknownDigest)
  return parseSpec(text.replace(block, open))
}

test('what an app depends on is its companion, with all that one may have', async () => {
  const { services, told, draft } = await importText(`web:
  build: .
  ports: ["3000:3000"]
  depends_on: [db]
  environment: { DATABASE_URL: "postgres://shop:hunter22@db/shop", DB_HOST: db }
db:
  image: postgres:18-alpine
  environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: hunter22 }
  volumes: [pg:/var/lib/postgresql, ./init.sql:/docker-entrypoint-initdb.d/init.sql, more:/more]
  ports: ["5432:5432"]
  command: -c fsync=on
  sysctls: { a: b }
  mem_limit: 512m
  stop_grace_period: 1m
  healthcheck: { test: pg_isready -U shop, interval: 5s, timeout: 3s, start_period: 3m }`)
  expect(services).toEqual({
    db: {
      image: `postgres:18-alpine@${unknownDigest}`,
      args: ['-c', 'fsync=on'],
      port: 5432,
      env: { POSTGRES_USER: 'shop' },
      secrets: ['POSTGRES_PASSWORD'],
      volume: { path: '/var/lib/postgresql', size: '10Gi' },
      health: { command: ['/bin/sh', '-c', 'pg_isready -U shop'], steadyInterval: '5s', timeout: '3s', deadline: '3m' },
      resources: { limits: { memory: '512Mi' } },
      user: 70,
      stopTimeout: '1m',
    },
  })
  expect(told).toContain('ports 5432:5432 of db: no port of the machine leads to a companion')
  expect(told).toContain('volumes ./init.sql:/docker-entrypoint-initdb.d/init.sql of db: a companion has one volume')
  expect(told).toContain('volumes more:/more of db: a companion has one volume')
  expect(told).toContain('sysctls of db: is not given to apps')
  expect(told).not.toContain('depends_on')
  expect(JSON.stringify(draft.spec.environments)).toContain('"env":{"DB_HOST":"db"}')
  expect(draft.comments.map(({ text }) => text).join()).not.toContain('db is a name of compose.yaml alone')
})

test('a digest that the file has is declared; without one it is a comment that can be taken in as it is', async () => {
  const pinned = `sha256:${'1'.repeat(64)}`
  const { draft } = await importText(
    `web: { build: . }\ndb: { image: "mysql:8", environment: { MYSQL_USER: u } }\ncache: { image: "redis:7@${pinned}", read_only: true }`,
  )
  const text = writeSpec([draft], 'Made by a test')
  expect(Object.keys(appSpec.parse(parseSpec(text)).environments.staging?.services ?? {})).toEqual(['cache'])
  expect(text).toContain("# docker buildx imagetools inspect mysql:8 --format '{{.Manifest.Digest}}'")
  expect(declareAll(text)).toEqual(draft.spec)
  const alone = (await importText('web: { build: . }\ndb: { image: "mysql:8", command: [a, "b c"] }')).draft
  expect(declareAll(writeSpec([alone], 'Made by a test'))).toEqual(alone.spec)
})

test('no value of a secret is written, wherever it stands', async () => {
  const { draft, services, told, toDecide } = await importText(`web:
  build: .
  environment: { DATABASE_URL: "mysql://u:hunter22@db/x" }
  command: ./run --db-password hunter22
db:
  image: mysql:8
  environment: { MYSQL_ROOT_PASSWORD: hunter22, MYSQL_ALLOW_EMPTY_PASSWORD: "no" }
  command: --init-connect=hunter22
  healthcheck: { test: [CMD, mysqladmin, ping, -phunter22] }
cache: { image: redis, environment: { REDIS_ARGS: "--requirepass s3cret6" }, command: redis-server --requirepass s3cret4, healthcheck: { test: "redis-cli -a $$REDIS_PASSWORD ping" } }
queue: { image: rabbitmq, command: "serve --password=\${QUEUE_PASSWORD:-s3cret5}" }
last: { image: acme/last, command: 'sh -c "run --password $$PASSWORD"' }`)
  expect(JSON.stringify([draft, writeSpec([draft], 'x')])).not.toMatch(/hunter22|s3cret/)
  expect(services.db).toMatchObject({ secrets: ['MYSQL_ROOT_PASSWORD'] })
  expect(services.cache).toMatchObject({ secrets: ['REDIS_ARGS'] })
  for (const what of ['args', 'args of db', 'health command of db', 'args of cache', 'args of queue'])
    expect(told).toContain(`${what}: holds a password`)
  expect(toDecide).toContain('The command of cache: a password in it comes by a variable')
  expect(services.cache).toMatchObject({ health: { command: ['/bin/sh', '-c', 'redis-cli -a $REDIS_PASSWORD ping'] } })
  expect(services.last).toMatchObject({ args: ['sh', '-c', 'run --password $PASSWORD'] })
})

test('a short password hides no word that only begins like it', async () => {
  const check = async (command: string) =>
    (
      await importText(
        `web: { build: . }\ndb: { image: mysql, environment: { MYSQL_PASSWORD: test }, command: ${command} }`,
      )
    ).services.db?.args
  expect(await check('run --mode=testing')).toEqual(['run', '--mode=testing'])
  for (const command of ['run --mode=test', 'run -ptest']) expect(await check(command)).toBeUndefined()
})

test('what two apps use is declared by none of them, and each says so', async () => {
  const { drafts } =
    await importText(`web: { build: ., depends_on: [db, cache], ports: ["1:1"], environment: { DB: "db:5432" } }
job: { build: job, links: [db] }
db: { image: postgres }
cache: { image: redis }`)
  const [web, job] = drafts.map((draft) => ({ draft, text: writeSpec([draft], 'x') }))
  expect(web?.text).toContain('# db: shop-job uses it as well, and a companion is found by one app alone')
  expect(job?.text).toContain('# db: shop-web uses it as well')
  expect(job?.text).not.toContain('cache')
  expect(web?.text).toContain('db is a name of compose.yaml alone: put the address here')
  for (const { text, draft } of [web!, job!]) {
    expect(appSpec.parse(parseSpec(text)).environments.staging?.services).toBeUndefined()
    expect(declareAll(text)).toEqual(draft.spec)
  }
})

test('the only app has what nothing names as well, but nothing that stands in front of it, watches or runs once', async () => {
  const { services, unused } =
    await importText(`web: { build: ., env_file: x.env, depends_on: { made: { condition: service_completed_successfully } } }
broker: { image: acme/broker }
db: { image: postgres, ports: ["5432:5432"] }
proxy: { image: traefik, ports: ["80:80"] }
watch: { image: acme/watch, volumes: ["/var/run/docker.sock:/var/run/docker.sock"] }
made: { image: minio/mc, depends_on: [db] }`)
  expect(Object.keys(services)).toEqual(['broker', 'db'])
  expect(unused).toMatch(
    /^services proxy \(traefik\), watch \(acme\/watch\), made \(minio\/mc\): no app of the file names it/,
  )
})

test('what a companion needs goes with it, and of several apps each has its own', async () => {
  const { drafts } = await importText(`web: { build: ., depends_on: [search] }
job: { build: job }
search: { image: acme/search, environment: { STORE: "http://store:9000" } }
store: { image: acme/store }
none: { image: acme/none }`)
  expect(drafts.map((draft) => Object.keys(servicesOf(draft)))).toEqual([['search', 'store'], []])
})

test('a name that no companion may have is mended, with a word', async () => {
  const { services, toDecide, draft } =
    await importText(`app: { build: ., ports: ["1:1"], environment: { CACHE: "redis://My_Cache:6379" } }
work: { build: ., command: work }
My_Cache: { image: redis }
web: { image: acme/web, expose: ["81"] }`)
  expect(Object.keys(services)).toEqual(['my-cache', 'web-2'])
  expect(toDecide).toContain('My_Cache is no name of a companion, so it is called my-cache')
  expect(draft.comments.map(({ text }) => text)).toContain('My_Cache is called my-cache here: put that in its place')
})

test('what a spec refuses of a companion goes alone, and an image that is none takes it all', async () => {
  const { services, told } = await importText(`web: { build: ., depends_on: [a, b, c] }
a: { image: acme/a, cap_add: [SYS_ADMIN, CHOWN], tmpfs: [relative, /run], deploy: { replicas: 3 }, init: true, environment: { "BAD NAME": x, GOOD: y }, volumes: ["a:/proc/a"] }
b: { image: "acme/b; rm -rf /" }
c: { image: "acme/c:\${TAG}" }`)
  expect(services).toEqual({
    a: { image: `acme/a@${unknownDigest}`, capabilities: ['CHOWN'], writablePaths: ['/run'], env: { GOOD: 'y' } },
  })
  for (const what of ['replicas of a', 'init of a', 'service b', 'services a volume', 'service c'])
    expect(told).toContain(`${what}: `)
})

test('one name of a secret is one secret, which is told where a file has two', async () => {
  const { toDecide } = await importText(`web: { build: . }
a: { image: postgres, environment: { POSTGRES_PASSWORD: one1 } }
b: { image: postgres, environment: { POSTGRES_PASSWORD: two2 } }`)
  expect(toDecide).toContain('POSTGRES_PASSWORD: services have different values of that name')
})

test('a cluster has those whose port is known, with a size for what they keep', async () => {
  const { services, told, draft } = await importText(
    `web: { build: ., depends_on: [db, odd] }
db: { image: postgres, volumes: [pg:/var/lib/postgresql] }
odd: { image: acme/odd }`,
    'kubernetes',
  )
  expect(services).toMatchObject({ db: { port: 5432, volume: { path: '/var/lib/postgresql', size: '10Gi' } } })
  expect(told).toContain('service odd: its port is not told, which a cluster has to know')
  expect(appSpec.safeParse(declareAll(writeSpec([draft], 'x'))).error).toBeUndefined()
})

test('of more than an environment has the first ten are taken, and a file of nothing but passwords ends', async () => {
  const many = Array.from({ length: 12 }, (_, at) => `c${at}: { image: "acme/c${at}" }`).join('\n')
  const { services, told } = await importText(`web: { build: . }\n${many}`)
  expect(Object.keys(services)).toHaveLength(10)
  expect(told).toContain('service c11: an environment has at most 10 companions')
  const secrets = (at: number) => Array.from({ length: 500 }, (_, n) => `P${n}_PASSWORD: pass${at}x${n}`).join(', ')
  const hostile = Array.from(
    { length: 50 },
    (_, at) => `c${at}: { image: x, environment: { ${secrets(at)} }, command: [${'word,'.repeat(500)}] }`,
  ).join('\n')
  expect((await importText(`web: { build: . }\n${hostile}`)).told).toContain('args of c0: holds a password')
})
