import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'
import { configVariables } from './environment.ts'

const key = randomBytes(32)

function faultsOf(env: Record<string, string>): Record<string, string> {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError)
      return Object.fromEntries(error.faults.map(({ variable, message }) => [variable, message]))
    throw error
  }
  return {}
}

function writeFile(content: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'stevedore-config-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const path = join(dir, 'value')
  writeFileSync(path, content)
  return path
}

test('an empty environment is a developer’s machine', () => {
  expect(readConfig({})).toMatchObject({
    environment: 'development',
    databaseUrl: undefined,
    redisUrl: undefined,
    masterKey: undefined,
    host: '127.0.0.1',
    isLoopback: true,
    port: 7070,
    url: 'http://127.0.0.1:7070',
    logLevel: 'debug',
    leaseMs: 10_000,
    graceMs: 30_000,
    workerKinds: ['build', 'push', 'deploy', 'rollback', 'run'],
    workerConcurrency: 4,
    allowFileSources: true,
    allowedHosts: [],
    dockerHosts: {},
    maxSourceBytes: 2 ** 31,
    maxUploadBytes: 2 ** 29,
    maxLogBytes: 2 ** 26,
    trustProxy: [],
    proxyImage: 'haproxy:3.2-alpine',
    builder: {
      mode: 'auto',
      image: 'docker:28-dind',
      name: 'stevedore-builder',
      limits: { memoryBytes: 4 * 2 ** 30, cpus: 2, processes: 4_096 },
      networks: [],
    },
  })
})

test('a preset gives way to a variable of its own', () => {
  const STEVEDORE_MASTER_KEY = key.toString('base64')
  expect(readConfig({ STEVEDORE_ENV: 'production', STEVEDORE_MASTER_KEY })).toMatchObject({
    logLevel: 'info',
    allowFileSources: false,
    rateLimitPerMinute: 600,
  })
  const own = { LOG_LEVEL: 'trace', ALLOW_FILE_SOURCES: 'true', RATE_LIMIT_PER_MINUTE: '7' }
  expect(readConfig({ STEVEDORE_ENV: 'production', STEVEDORE_MASTER_KEY, ...own })).toMatchObject({
    logLevel: 'trace',
    allowFileSources: true,
    rateLimitPerMinute: 7,
  })
})

test('is frozen all through', () => {
  const config = readConfig({ DOCKER_HOSTS: 'a=unix:///a' })
  expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError)
  expect(() => config.workerKinds.push('build')).toThrow(TypeError)
  expect(() => Object.assign(config.dockerHosts, { b: 'unix:///b' })).toThrow(TypeError)
})

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.5', false],
  ['127.0.0.1.example.com', false],
])('a HOST of %s is loopback: %s', (HOST, isLoopback) => {
  expect(readConfig({ HOST })).toMatchObject({ isLoopback })
})

test.each([
  ['base64', key.toString('base64')],
  ['base64 without padding', key.toString('base64').replace('=', '')],
  ['URL-safe base64', key.toString('base64url')],
  ['hexadecimal', key.toString('hex')],
  ['upper-case hexadecimal', key.toString('hex').toUpperCase()],
])('takes a master key in %s', (_, STEVEDORE_MASTER_KEY) => {
  expect(readConfig({ STEVEDORE_MASTER_KEY }).masterKey).toEqual(key)
})

test.each([
  ['short', randomBytes(16).toString('base64')],
  ['long', randomBytes(33).toString('base64')],
  ['no encoding at all', 'correct horse battery staple'],
  ['all zeros', '0'.repeat(64)],
  ['one byte', 'ab'.repeat(32)],
  ['a few bytes in turn', '0123456789abcdef'.repeat(4)],
  ['a sequence', Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')],
  ['words', Buffer.from('change-me-this-is-only-a-sample!').toString('base64')],
])('row 26: refuses a master key that is %s, without quoting it', (_, STEVEDORE_MASTER_KEY) => {
  const faults = faultsOf({ STEVEDORE_MASTER_KEY })
  expect(Object.keys(faults)).toEqual(['STEVEDORE_MASTER_KEY'])
  expect(JSON.stringify(faults)).not.toContain(STEVEDORE_MASTER_KEY)
})

test('tells all faults at once and quotes no value', () => {
  const env = {
    STEVEDORE_ENV: 'prod-s3cr3t',
    DATABASE_URL: 'mysql://u:s3cr3t@host/db',
    SERVICE_DATABASE_URL: 's3cr3t',
    REDIS_URL: 'redis-s3cr3t',
    HOST: 's3cr3t host',
    PORT: '70s3cr3t',
    STEVEDORE_MASTER_KEY: 's3cr3t',
    STEVEDORE_URL: 'ftp://s3cr3t',
    LOG_LEVEL: 's3cr3t',
    DOCKER_HOST: 'http://s3cr3t',
    DOCKER_HOSTS: '{"s3cr3t host":"unix:///x"}',
    WORKER_KINDS: 'build,s3cr3t',
    WORKER_CONCURRENCY: '0',
    WORKER_PORT: 's3cr3t',
    LEASE_MS: '10001',
    GRACE_MS: '-1',
    ALLOWED_HOSTS: 'ok.example.com,s3cr3t/',
    STEVEDORE_BUILDER: 's3cr3t',
    STEVEDORE_BUILDER_IMAGE: 's3cr3t image',
    STEVEDORE_BUILDER_NAME: 's3cr3t name',
    BUILD_MEMORY: '4s3cr3t',
    BUILD_CPUS: 's3cr3t',
    BUILD_PROCESSES: '1',
    BUILD_NETWORKS: 'fd00::/8',
    ALLOWED_IN_MANIFESTS: 'secret:shops/a,s3cr3t',
    ALLOW_FILE_SOURCES: 's3cr3t',
    TRUST_PROXY: '10.0.0.0/33,s3cr3t',
    STEVEDORE_AUDIT_KEY: 's3cr3t',
    STEVEDORE_AUDIT_SECONDS: '0',
    STEVEDORE_AUDIT_SINK: 'ftp://s3cr3t',
    STEVEDORE_BACKUP_ENDPOINT: 'https://me:s3cr3t@h',
    TRIVY_DB_REPOSITORY: 's3cr3t db',
    TRIVY_JAVA_DB_REPOSITORY: 's3cr3t',
    GRYPE_DB_UPDATE_URL: 'https://me:s3cr3t@h',
    STEVEDORE_PROXY_IMAGE: 's3cr3t image',
    STEVEDORE_PROXY_NAME: 's3cr3t name',
    STEVEDORE_PROXY_HTTP_PORT: 's3cr3t',
    STEVEDORE_PROXY_HTTPS_PORT: '0',
    STEVEDORE_PROXY_ADMIN_PORT: '65536',
    STEVEDORE_PROXY_TRUST: 's3cr3t',
    STEVEDORE_PROXY_PROTOCOL_FROM: '10.0.0.0/33',
    STEVEDORE_PROXY_HEADER_BYTES: '1',
    STEVEDORE_PROXY_SILENCE_SECONDS: '0',
    STEVEDORE_PROXY_TUNNEL_SECONDS: '10m',
    STEVEDORE_DATA_DIR_FILE: '/nowhere/s3cr3t',
  }
  const faults = faultsOf(env)
  expect(Object.keys(faults).sort()).toEqual(Object.keys(env).sort())
  expect(() => readConfig(env)).toThrow(/^The environment is not usable:\n {2}\S+ /)
  expect(() => readConfig(env)).not.toThrow(/s3cr3t/)
})

test.each(configVariables.map(({ name }) => name))('%s can be given as a file', (name) => {
  const samples: Record<string, string> = {
    STEVEDORE_ENV: 'staging',
    DATABASE_URL: 'postgres://h/d',
    SERVICE_DATABASE_URL: 'postgres://u:p@h/d',
    REDIS_URL: 'rediss://h',
    HOST: '::1',
    PORT: '81',
    STEVEDORE_MASTER_KEY: key.toString('hex'),
    STEVEDORE_URL: 'https://h',
    LOG_LEVEL: 'warn',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h:4318',
    DOCKER_HOST: 'ssh://u@h',
    DOCKER_HOSTS: 'a=tcp://h:2376',
    STEVEDORE_PROXY_HTTP_PORT: '8080',
    STEVEDORE_PROXY_HTTPS_PORT: '8443',
    STEVEDORE_PROXY_ADMIN_PORT: '8071',
    STEVEDORE_PROXY_TRUST: '10.0.0.0/8,::1',
    STEVEDORE_PROXY_PROTOCOL_FROM: '10.0.0.0/8',
    STEVEDORE_PROXY_HEADER_BYTES: '32768',
    STEVEDORE_PROXY_SILENCE_SECONDS: '60',
    STEVEDORE_PROXY_TUNNEL_SECONDS: '7200',
    WORKER_KINDS: 'push',
    WORKER_CONCURRENCY: '2',
    WORKER_PORT: '7072',
    LEASE_MS: '2000',
    GRACE_MS: '3000',
    OUTAGE_SECONDS: '60',
    NODE_GRACE_SECONDS: '5',
    ALLOWED_HOSTS: 'a.example.com',
    STEVEDORE_BUILDER: 'engine',
    BUILD_MEMORY: '512Mi',
    BUILD_CPUS: '0.5',
    BUILD_PROCESSES: '100',
    BUILD_NETWORKS: '10.1.2.0/24',
    ALLOWED_IN_MANIFESTS: 'secret:shops/a',
    ALLOW_FILE_SOURCES: '0',
    MAX_SOURCE_BYTES: '2000000',
    MAX_UPLOAD_BYTES: '2000000',
    MAX_LOG_BYTES: '2000000',
    TRUST_PROXY: '10.0.0.0/8',
    RATE_LIMIT_PER_MINUTE: '5',
    MAX_STREAMS: '7',
    DATABASE_CONNECTIONS: '7',
    MAX_WAITING_REQUESTS: '7',
    APP_MEMORY: '512Mi',
    APP_PROCESSES: '99',
    MAX_STREAMS_PER_TOKEN: '7',
    STEVEDORE_AUDIT_KEY: randomBytes(32).toString('hex'),
    STEVEDORE_AUDIT_SECONDS: '5',
    STEVEDORE_AUDIT_SINK: 'https://h',
    STEVEDORE_BACKUP_ENDPOINT: 'https://h',
    TRIVY_DB_REPOSITORY: 'h/trivy-db:2',
    TRIVY_JAVA_DB_REPOSITORY: 'h:5000/mirror/java-db',
    GRYPE_DB_UPDATE_URL: 'https://h/databases',
  }
  const value = samples[name] ?? 'some-text'
  const config = readConfig({ [`${name}_FILE`]: writeFile(`${value}\n`) })
  expect(config).toEqual(readConfig({ [name]: value }))
  expect(config).not.toEqual(readConfig({}))
})

test('a variable and its file together are refused, an empty one is none', () => {
  const file = writeFile('8080')
  expect(faultsOf({ PORT: '80', PORT_FILE: file })).toEqual({ PORT: expect.stringContaining('PORT_FILE') })
  expect(readConfig({ PORT: '', PORT_FILE: file }).port).toBe(8080)
  expect(readConfig({ PORT: '', PORT_FILE: '' }).port).toBe(7070)
})

test('names Docker hosts as pairs or as JSON', () => {
  const dockerHosts = { a: 'ssh://deploy@a.example.com', b: 'tcp://10.0.0.2:2376' }
  expect(readConfig({ DOCKER_HOSTS: 'a=ssh://deploy@a.example.com, b=tcp://10.0.0.2:2376' })).toMatchObject({
    dockerHosts,
  })
  expect(readConfig({ DOCKER_HOSTS: JSON.stringify(dockerHosts) })).toMatchObject({ dockerHosts })
  for (const text of [
    'a',
    'a=',
    '=unix:///x',
    'a=unix:///x,a=unix:///y',
    '{"a":1}',
    '{',
    '[]',
    'A=unix:///x',
    'a=https://h',
  ])
    expect(faultsOf({ DOCKER_HOSTS: text }), text).toEqual({ DOCKER_HOSTS: expect.any(String) })
})

test('lists take blanks and repeats', () => {
  const env = {
    WORKER_KINDS: 'push, build ,push',
    ALLOWED_HOSTS: ' Git.Example.com,10.0.0.7, ',
    TRUST_PROXY: '10.0.0.1, fd00::/8',
  }
  expect(readConfig(env)).toMatchObject({
    workerKinds: ['push', 'build'],
    allowedHosts: ['git.example.com', '10.0.0.7'],
    trustProxy: ['10.0.0.1', 'fd00::/8'],
  })
  expect(faultsOf({ WORKER_KINDS: ' , ' })).toEqual({ WORKER_KINDS: 'must not be empty' })
})

test('what manifests may hold besides is given by kind and name', () => {
  const given = [
    'account:shops/robot',
    'secret:shops/shop-db',
    'node:pool=shop',
    'annotation:acme.test/*',
    'resource:nvidia.com/gpu',
    'node:pool=*',
  ]
  expect(readConfig({ ALLOWED_IN_MANIFESTS: given.join(', ') }).allowedInManifests).toEqual(given)
  for (const text of ['account:*', 'secret:', 'secret', 'hostPath:/var', '*', 'secret:a b', 'secret:a**'])
    expect(faultsOf({ ALLOWED_IN_MANIFESTS: text }), text).toEqual({ ALLOWED_IN_MANIFESTS: expect.any(String) })
})

test('every variable is described, and its default as the guide words it is true where it is a value', () => {
  for (const { name, description, default: wording } of configVariables) {
    expect(description, name).toMatch(/^[A-Z].*\.$/s)
    if (wording === undefined || /[~ ]|PORT$|^unix/.test(wording)) continue
    expect(readConfig({ [name]: wording }), name).toEqual(readConfig({}))
  }
})
