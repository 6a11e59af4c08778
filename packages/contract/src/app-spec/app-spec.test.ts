import { describe, expect, test } from 'vitest'
import { listFaults, problemOfFaults } from '../errors/faults.ts'
import { appSpec, listDefaultTargets } from './app-spec.ts'

const minimal = { app: 'shop', image: { registry: 'ghcr.io', name: 'acme/shop' } }
const withEnvironment = (settings: object) => ({
  ...minimal,
  environments: { staging: { engine: 'docker', ...settings } },
})
const withSource = (source: object) => ({ ...minimal, source })
const withBuild = (build: object) => ({ ...minimal, build })

/** The faults of a spec that is refused, as `path code`. */
function faultsOf(spec: unknown): string[] {
  const parsed = appSpec.safeParse(spec)
  return parsed.success ? [] : listFaults(parsed.error).map(({ path, code }) => `${path.join('.')} ${code}`)
}

test('a spec as a team would write it', () => {
  const parsed = appSpec.parse({
    app: 'shop',
    source: { git: 'https://git.example.com/acme/shop.git', ref: 'main', path: '.' },
    build: {
      dockerfile: 'Dockerfile',
      targets: ['development', 'production', 'testing', 'security'],
      default: 'production',
      args: { NODE_ENV: 'production' },
      secrets: ['NPM_TOKEN'],
      timeout: '30m',
    },
    image: { registry: 'ghcr.io', name: 'acme/shop' },
    environments: {
      staging: {
        engine: 'docker',
        host: 'shop.staging.example.com',
        replicas: 2,
        containerPort: 8080,
        strategy: 'rolling',
        health: { path: '/health', interval: '1s', timeout: '2s', threshold: 2, deadline: '60s' },
        env: { LOG_LEVEL: 'debug' },
        secrets: ['DATABASE_URL'],
        resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '1000m', memory: '1Gi' } },
      },
      production: {
        engine: 'kubernetes',
        namespace: 'shop',
        context: 'prod',
        deployment: 'shop',
        service: 'shop',
        ingress: { host: 'shop.example.com', tls: 'shop-tls' },
        approval: 'required',
        strategy: {
          type: 'canary',
          steps: [{ setWeight: 10 }, { pause: '5m' }, { setWeight: 50 }, { pause: '10m' }, { setWeight: 100 }],
          analysis: {
            prometheus: 'http://prometheus:9090',
            query: 'up',
            success: 'result < 0.01',
            interval: '30s',
            failures: 2,
          },
        },
        onFailure: 'rollback',
      },
    },
    triggers: [
      { on: 'push', branch: 'main', do: ['build production', 'push', 'deploy staging'] },
      { on: 'tag', pattern: 'v*', do: ['build production', 'push', 'deploy production'] },
      { on: 'pull_request', do: ['build testing'] },
    ],
    retain: { revisions: 20, images: 20, logs: '30d' },
  })
  expect(parsed.environments.staging?.strategy).toEqual({ type: 'rolling', maxSurge: 1, maxUnavailable: 0 })
})

test('what is left out has defaults, and nothing is root', () => {
  const { environments, source, retain } = appSpec.parse(withEnvironment({}))
  expect(environments.staging).toMatchObject({
    replicas: 1,
    containerPort: 8080,
    allowRoot: false,
    readOnlyRoot: true,
    onFailure: 'rollback',
  })
  expect(environments.staging).not.toHaveProperty('user')
  expect({ source, retain }).toMatchObject({ source: { ref: 'main', path: '.' }, retain: { revisions: 20 } })
})

test('all faults at once, each with its path', () => {
  expect(
    faultsOf({
      ...minimal,
      app: 'Shop',
      colour: 'red',
      environments: { staging: { engine: 'docker', replicas: -1, port: 80 } },
    }).sort(),
  ).toEqual([
    'app invalid-format',
    'colour unknown-key',
    'environments.staging.port policy-violation',
    'environments.staging.replicas too-small',
  ])
})

test('what cannot go together is told beside what is wrong by itself', () => {
  const steps = [{ setWeight: 50 }, { setWeight: 10 }, 'x']
  const faults = faultsOf({
    ...minimal,
    colour: 'red',
    build: { targets: ['one'], default: 'two', timeout: 30 },
    environments: {
      staging: {
        engine: 'docker',
        host: 'a',
        port: 8081,
        replicas: '2',
        health: { path: '/', command: ['x'], odd: 1 },
      },
      canary: { engine: 'docker', user: 0, strategy: { type: 'canary', steps, odd: 1 } },
    },
    triggers: [{ on: 'push', do: ['deploy nowhere', 'build three'], odd: 1 }],
  })
  for (const fault of [
    'colour unknown-key',
    'build.default custom',
    'build.timeout invalid-type',
    'environments.staging.port custom',
    'environments.staging.replicas invalid-type',
    'environments.staging.health.command custom',
    'environments.staging.health.odd unknown-key',
    'environments.canary policy-violation',
    'environments.canary.strategy.steps custom',
    'environments.canary.strategy.odd unknown-key',
    'triggers.0.do.0 custom',
    'triggers.0.do.1 custom',
    'triggers.0.odd unknown-key',
  ])
    expect(faults).toContain(fault)
})

test.each([null, 1, 'x', [], {}])('%j in place of any part is a fault and no crash', (odd) => {
  const spec = withEnvironment({ health: odd, strategy: odd })
  for (const part of ['source', 'build', 'image', 'environments', 'triggers', 'retain'])
    faultsOf({ ...spec, [part]: odd })
  for (const part of ['targets', 'default', 'args']) faultsOf(withBuild({ default: 'a', [part]: odd }))
  for (const action of [odd, [odd]]) faultsOf({ ...spec, triggers: [{ on: 'push', do: action }, odd] })
  for (const steps of [odd, [odd]]) faultsOf(withEnvironment({ strategy: { type: 'canary', steps } }))
  expect(faultsOf(odd)).not.toEqual([])
})

describe('refused', () => {
  test.each(['Shop', 'shöp', '-shop', 'shop-', '9shop', 'a'.repeat(41), '', 'shop\n', 'sh op'])('app %j', (app) => {
    expect(faultsOf({ ...minimal, app })).toEqual(['app invalid-format'])
  })

  test.each([
    'main;id',
    '$(id)',
    '`id`',
    'a|b',
    'a&b',
    'a\nb',
    "a'b",
    'a"b',
    '--upload-pack=x',
    '-c',
    '--',
    'a..b',
    'a.lock',
    'a@{1}',
    '@',
    'f'.repeat(39),
    'a'.repeat(41),
  ])('ref %j', (ref) => {
    expect(faultsOf(withSource({ ref }))).toEqual(['source.ref invalid-ref'])
  })

  test.each([
    'ext::sh -c id',
    'EXT::sh',
    'fd::7',
    'git://git.example.com/a.git',
    '/srv/a.git',
    'http//a',
    '--upload-pack=x',
    'https://',
    'javascript:alert(1)',
  ])('repository %j', (git) => {
    expect(faultsOf(withSource({ git }))).toEqual(['source.git invalid-repo-url'])
  })

  test('credentials in an address', () => {
    expect(faultsOf(withSource({ git: 'https://user:pw@git.example.com/a.git' }))).toEqual([
      'source.git credentials-in-url',
    ])
  })

  test.each(['../x', '/etc/passwd', 'a/../../b', '..\\x', '%2e%2e/x', 'a\0b', '-x', ''])('path %j', (path) => {
    expect(faultsOf(withSource({ path }))).toEqual(['source.path invalid-path'])
    expect(faultsOf(withBuild({ dockerfile: path }))).toEqual(['build.dockerfile invalid-path'])
  })

  test.each(['x --network=host', 'a b', 'a;b', 'A', ''])('target %j', (target) => {
    expect(faultsOf(withBuild({ targets: [target] }))).toEqual(['build.targets.0 invalid-format'])
  })

  test.each(['NPM_TOKEN', 'githubToken', 'DB_PASSWORD', 'PGPASSWORD', 'api_key', 'MY_SECRET', 'AWS_SECRET_ACCESS_KEY'])(
    'build argument %s',
    (name) => {
      const parsed = appSpec.safeParse(withBuild({ args: { [name]: 'x' } }))
      expect(problemOfFaults(parsed.success ? [] : listFaults(parsed.error))).toBe('use-build-secret')
    },
  )

  test.each(['A B', 'LD;', '', '1A', 'VERSION'])('build argument name %j', (name) => {
    expect(faultsOf(withBuild({ args: { [name]: 'x' } }))).not.toEqual([])
  })

  test('a build argument over lines', () => {
    expect(faultsOf(withBuild({ args: { A: 'x\ny' } }))).toEqual(['build.args.A invalid-format'])
  })

  test.each([
    { replicas: -1 },
    { replicas: 1e9 },
    { replicas: 1.5 },
    { replicas: '1' },
    { strategy: 'replace' },
    { strategy: { type: 'canary', steps: [{ setWeight: 101 }] } },
    { strategy: { type: 'canary', steps: [{ setWeight: Number.NaN }] } },
    { strategy: { type: 'canary', steps: [{ setWeight: 50 }, { setWeight: 10 }] } },
    { strategy: { type: 'canary', steps: [] } },
    { strategy: { type: 'rolling', maxSurge: 0, maxUnavailable: 0 } },
    { timeout: '0s' },
    { timeout: '1000000000s' },
    { timeout: 60 },
    { health: { path: 'http://169.254.169.254/' } },
    { health: { command: 'curl localhost' } },
    { health: { path: '/', command: ['true'] } },
    { host: 'a.example.com', port: 8081 },
    { env: { 'A"B': 'x' } },
    { env: { '.A': 'x' } },
    { capabilities: ['SYS_ADMIN'] },
    { capabilities: ['CAP_CHOWN'] },
    { fromImage: { user: 0 } },
    { env: { 'A\nB': 'x' } },
    { resources: { limits: { memory: '1' } } },
    { resources: { limits: { cpu: 'many' } } },
  ])('settings %j', (settings) => {
    expect(faultsOf(withEnvironment(settings))).not.toEqual([])
  })

  test.each([
    { port: 80 },
    { user: 0 },
    { privileged: true },
    { volumes: ['/:/host'] },
    { devices: ['/dev/kmsg'] },
    { pid: 'host' },
  ])('power %j', (settings) => {
    const parsed = appSpec.safeParse(withEnvironment(settings))
    expect(problemOfFaults(parsed.success ? [] : listFaults(parsed.error))).toBe('policy-violation')
  })

  test('a trigger that deploys where there is no environment, or builds what is no target', () => {
    const spec = {
      ...withBuild({ targets: ['production'] }),
      triggers: [{ on: 'push', do: ['build nope', 'deploy nowhere'] }],
    }
    expect(faultsOf(spec)).toEqual(['triggers.0.do.0 custom', 'triggers.0.do.1 custom'])
  })

  test('a default that is no target', () => {
    expect(faultsOf(withBuild({ targets: ['a'], default: 'b' }))).toEqual(['build.default custom'])
  })
})

test('root can be had by saying so', () => {
  expect(faultsOf(withEnvironment({ user: 0, allowRoot: true }))).toEqual([])
})

test.each([
  { build: {}, targets: ['production', 'default'] },
  { build: { default: 'a' }, targets: ['a'] },
  { build: { targets: ['a', 'b'] }, targets: ['b'] },
  { build: { targets: ['production', 'b'] }, targets: ['production'] },
  { build: { targets: ['a', 'b'], default: 'a' }, targets: ['a'] },
])('what a request may mean that names no target: $targets', ({ build, targets }) => {
  expect(listDefaultTargets(appSpec.parse(withBuild(build)))).toEqual(targets)
})
