import { type AppLimits, defaultAppLimits, environmentSpec } from '@stevedore/contract'
import type { Release } from '@stevedore/engine'
import { expect, test } from 'vitest'
import { buildContainerSpec, hashSettings } from './container.ts'

const image = `registry.test/acme/shop@sha256:${'a'.repeat(64)}`
const release = (settings: object = {}): Release => ({
  app: 'shop',
  environment: 'staging',
  revision: 3,
  version: '1.0.0',
  image,
  secrets: { TOKEN: 's3cret' },
  credential: undefined,
  changeCause: 'deploy 1.0.0',
  settings: environmentSpec.parse({ engine: 'docker', env: { LOG_LEVEL: 'debug' }, ...settings }),
})
const options = { part: 1, jobId: 'job', network: 'stevedore', address: '172.18.0.9', appLimits: defaultAppLimits }

test('a container gets what the spec grants and nothing more', () => {
  const wanted = release({
    health: { path: '/health' },
    writablePaths: ['/var/cache'],
    resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { cpu: '1.5', memory: '128Mi' } },
  })
  expect(buildContainerSpec(wanted, options)).toEqual({
    name: 'stevedore.shop.staging-r3-1',
    Image: image,
    User: '1000:1000',
    Env: ['LOG_LEVEL=debug', 'TOKEN=s3cret'],
    Labels: {
      'io.stevedore.network': 'stevedore',
      'io.stevedore.app': 'shop',
      'io.stevedore.environment': 'staging',
      'io.stevedore.revision': '3',
      'io.stevedore.version': '1.0.0',
      'io.stevedore.job': 'job',
      'io.stevedore.settings-hash': hashSettings(wanted),
      'io.stevedore.role': 'replica',
      'io.stevedore.default-memory': '',
      'io.stevedore.port': '8080',
      'io.stevedore.check':
        '{"path":"/health","command":null,"intervalMs":1000,"steadyMs":10000,"timeoutMs":2000,"rise":2}',
    },
    Healthcheck: { Test: ['NONE'] },
    StopTimeout: 10,
    HostConfig: {
      Memory: 134217728,
      MemorySwap: 134217728,
      NanoCpus: 1500000000,
      MemoryReservation: 67108864,
      CpuShares: 256,
      NetworkMode: 'stevedore',
      ReadonlyRootfs: true,
      Tmpfs: {
        '/tmp': 'rw,nosuid,nodev,size=64m,mode=1777,uid=1000,gid=1000',
        '/var/cache': 'rw,nosuid,nodev,size=64m,mode=1777,uid=1000,gid=1000',
      },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 512,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    },
    NetworkingConfig: { EndpointsConfig: { stevedore: { IPAMConfig: { IPv4Address: '172.18.0.9' } } } },
  })
})

test('a command with a terminal has one, and Docker’s first process unless the settings say otherwise', () => {
  const own = { part: 'command-job', jobId: 'job', network: 'stevedore', appLimits: {}, command: ['sh'] } as const
  const options = { ...own, command: ['sh'], hasTerminal: true, hasInit: true }
  const spec = buildContainerSpec(release(), options)
  expect(spec).toMatchObject({ Tty: true, OpenStdin: true, HostConfig: { Init: true } })
  expect(spec.Env?.[0]).toBe('TERM=xterm-256color')
  expect(buildContainerSpec(release({ init: false }), options).HostConfig?.Init).toBe(false)
  expect(buildContainerSpec(release({ env: { TERM: 'dumb' } }), options).Env).toContain('TERM=dumb')
  const plain = buildContainerSpec(release(), { ...options, hasTerminal: false, hasInit: false })
  for (const key of ['Tty', 'OpenStdin']) expect(plain).not.toHaveProperty(key)
  expect(plain.HostConfig).not.toHaveProperty('Init')
})

test('a migration runs its own command under its own name', () => {
  const spec = buildContainerSpec(release(), {
    part: 'migrate',
    jobId: 'job',
    network: 'stevedore',
    appLimits: {},
    command: ['up'],
  })
  expect(spec).toMatchObject({ name: 'stevedore.shop.staging-r3-migrate', Entrypoint: ['up'] })
  expect(spec.Labels?.['io.stevedore.role']).toBe('migration')
  expect(spec.NetworkingConfig).toEqual({ EndpointsConfig: { stevedore: {} } })
})

test.each([
  [{ user: 5 }, '5:5'],
  [{ user: 5, fromImage: { user: 7, group: 0 } }, '5:5'],
  [{ fromImage: { user: 7, group: 0 } }, '7:0'],
  [{ fromImage: { user: 7 } }, '7'],
  [{ fromImage: { user: 'node' } }, '1000:1000'],
  [{}, '1000:1000'],
])('%j runs as %s, which owns what it may write', (settings, user) => {
  const { user: chosen, fromImage } = { user: undefined, fromImage: undefined, ...settings }
  const made = release({ user: chosen })
  const spec = buildContainerSpec({ ...made, settings: { ...made.settings, fromImage } }, options)
  expect(spec.User).toBe(user)
  const [uid, gid] = user.split(':')
  expect(spec.HostConfig?.Tmpfs?.['/tmp']).toContain(`mode=1777,uid=${uid}${gid ? `,gid=${gid}` : ''}`)
})

test('what the spec gives back, and its own arguments', () => {
  const settings = { command: ['serve'], args: ['--fast'], init: true, capabilities: ['CHOWN'], stopTimeout: '90s' }
  const spec = buildContainerSpec(release(settings), options)
  expect(spec).toMatchObject({ Entrypoint: ['serve'], Cmd: ['--fast'], StopTimeout: 90 })
  expect(spec.HostConfig).toMatchObject({ CapDrop: ['ALL'], CapAdd: ['CHOWN'], Init: true })
  const migration = buildContainerSpec(release(settings), { ...options, part: 'migrate', command: ['up'] })
  expect([migration.Entrypoint, migration.Cmd]).toEqual([['up'], undefined])
})

test('a writable root needs no memory file systems', () => {
  const { HostConfig } = buildContainerSpec(release({ readOnlyRoot: false }), options)
  expect(HostConfig).toMatchObject({ ReadonlyRootfs: false, Tmpfs: {} })
})

test('the hash sees a change of settings, not the order of keys', () => {
  const hash = (env: Record<string, string>) => hashSettings(release({ env }))
  expect(hash({ A: '1', B: '2' })).toBe(hash({ B: '2', A: '1' }))
  expect(hash({ A: '1' })).not.toBe(hash({ A: '2' }))
})

test('settings of another engine are refused', () => {
  const settings = environmentSpec.parse({ engine: 'kubernetes', namespace: 'shop' })
  expect(() => buildContainerSpec({ ...release(), settings }, options)).toThrow(
    expect.objectContaining({ code: 'policy-violation' }),
  )
})

test.each([
  [{}, { memory: '1Gi', processes: 512 }, { Memory: 2 ** 30, MemorySwap: 2 ** 30, PidsLimit: 512 }, '1Gi'],
  [{ limits: { cpu: '1' } }, { memory: '1Gi' }, { Memory: 2 ** 30, NanoCpus: 1e9 }, '1Gi'],
  [{ requests: { memory: '2Gi' } }, { memory: '1Gi' }, { Memory: 2 ** 31, MemoryReservation: 2 ** 31 }, '1Gi'],
  [{ requests: { memory: '64Mi' } }, { memory: '1Gi' }, { Memory: 2 ** 30, MemoryReservation: 2 ** 26 }, '1Gi'],
  [{ limits: { memory: '4Gi' } }, { memory: '1Gi' }, { Memory: 2 ** 32, MemorySwap: 2 ** 32 }, ''],
  [{ limits: { memory: '8Mi' } }, { memory: '1Gi', processes: 64 }, { Memory: 2 ** 23, PidsLimit: 64 }, ''],
])('resources %j with the server’s %j are limited to %j', (resources, appLimits, limited, label) => {
  for (const part of [1, 'migrate'] as const) {
    const spec = buildContainerSpec(release({ resources }), { ...options, part, appLimits })
    expect(spec.HostConfig).toMatchObject(limited)
    expect(spec.Labels?.['io.stevedore.default-memory']).toBe(label)
  }
})

test('a revision keeps the limit of memory that it was made with, or none', () => {
  const limits = { memory: '1Gi', processes: 64 }
  const build = (defaultMemory: string | null | undefined) =>
    buildContainerSpec({ ...release(), defaultMemory } as Release, { ...options, appLimits: limits })
  expect(build('2Gi').HostConfig).toMatchObject({ Memory: 2 ** 31, PidsLimit: 64 })
  expect(build(undefined).HostConfig).toMatchObject({ Memory: 2 ** 30 })
  expect(build(null).HostConfig).not.toHaveProperty('Memory')
  expect(build(null).Labels).toMatchObject({ 'io.stevedore.default-memory': '' })
})

test('without limits of the server’s there are those of the spec alone', () => {
  const { HostConfig } = buildContainerSpec(release(), { ...options, appLimits: {} })
  for (const key of ['Memory', 'MemorySwap', 'PidsLimit']) expect(HostConfig).not.toHaveProperty(key)
})

test('the hash of settings knows nothing of the server’s limits: what ran before is what was asked for', () => {
  const hashOf = (appLimits: AppLimits) =>
    buildContainerSpec(release(), { ...options, appLimits }).Labels?.['io.stevedore.settings-hash']
  expect(hashOf({ memory: '2Gi' })).toBe(hashOf({}))
})
