import type { AppSpecInput } from '@stevedore/contract'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../../harness/test-api.ts'
import { expectRefused } from '../expect-refused.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await api.call('PUT', '/v1/secrets/STORED?app=shop', { body: { value: 'the value of a stored secret' } })
  const ofStaging = '/v1/secrets/STORED?app=shop&environment=staging'
  await api.call('PUT', ofStaging, { body: { value: 'of staging alone' } })
})
afterAll(() => api.close())

describe('specs', () => {
  const put = (spec: unknown, status: number, code: string) =>
    expectRefused(api, 'PUT', '/v1/apps/shop', { body: spec }, status, code)
  const withSource = (source: object) => ({ ...sampleSpec(), source })
  const withBuild = (build: object) => ({ ...sampleSpec(), build })
  const withStaging = (settings: object) => ({
    ...sampleSpec(),
    environments: { staging: { ...sampleSpec().environments?.staging, ...settings } } as AppSpecInput['environments'],
  })
  const canary = (...steps: object[]) => withStaging({ strategy: { type: 'canary', steps } })
  const kubernetes = (settings: object) => ({
    ...sampleSpec(),
    environments: { staging: { engine: 'kubernetes', namespace: 'shop', ...settings } },
  })
  const analysis = (prometheus: string) =>
    withStaging({
      strategy: {
        type: 'canary',
        steps: [{ setWeight: 10 }],
        analysis: { prometheus, query: 'up', success: 'result > 0' },
      },
    })

  const withScan = (scan: object) => ({
    ...sampleSpec(),
    scan: { tool: 'trivy', image: `registry.example.com/trivy@sha256:${'a'.repeat(64)}`, ...scan },
  })

  test.each([
    'refs/pull/1/head',
    'refs/pull/1/merge',
    'refs/merge-requests/1/head',
    'refs/pull-requests/1/from',
    'refs/changes/01/1/1',
    'refs/for/main',
    'refs/notes/commits',
    'refs/remotes/fork/main',
    'refs/stash',
    'refs/headsx/main',
  ])('row 86: a source at %s, which strangers may move', async (ref) => {
    await put(withSource({ ...sampleSpec().source, ref }), 422, 'invalid-ref')
  })

  test.each(['refs/heads/main', 'refs/tags/v1', 'pull/1/head', 'main'])('a source at %s is taken', async (ref) => {
    const body = { app: 'own-ref', source: { ...sampleSpec().source, ref } }
    expect((await api.call('PUT', '/v1/apps/own-ref', { body })).status).toBeLessThan(300)
  })

  test.each([
    '/',
    '//',
    '/.',
    '/./',
    '/..',
    '/etc/..',
    '/tmp/../..',
    '/a//b',
    '/proc',
    '/proc/self',
    '/sys/',
    '/dev',
    '/dev/sda',
  ])('row 95: %s as a writable path', async (path) => {
    await put(withStaging({ writablePaths: ['/tmp', path] }), 422, 'policy-violation')
    await put(kubernetes({ writablePaths: [path] }), 422, 'policy-violation')
  })

  test.each(['/var/cache/app', '/tmp/', '/dev/shm', '/developer', '/process'])('%s may be writable', async (path) => {
    const staging = { engine: 'docker', port: 8_099, writablePaths: [path] }
    expect(
      (await api.call('PUT', '/v1/apps/own-paths', { body: { app: 'own-paths', environments: { staging } } })).status,
    ).toBeLessThan(300)
  })

  test.each(['Shop', 'ѕhop', 'a'.repeat(64), '-shop', 'shop_', 'sh op', ''])(
    'row 12: an app named “%s”',
    async (app) => {
      await put({ ...sampleSpec(), app }, 422, 'validation-failed')
    },
  )

  test.each<[number, string, unknown, string]>([
    [48, 'ext::', withSource({ git: 'ext::sh -c touch% /tmp/x' }), 'invalid-repo-url'],
    [48, 'EXT::', withSource({ git: 'EXT::sh' }), 'invalid-repo-url'],
    [48, 'fd::', withSource({ git: 'fd::17' }), 'invalid-repo-url'],
    [48, 'file://', withSource({ git: 'file:///etc' }), 'invalid-repo-url'],
    [48, 'a path', withSource({ git: '/etc/passwd' }), 'invalid-repo-url'],
    [48, 'git://', withSource({ git: 'git://git.example.com/x' }), 'invalid-repo-url'],
    [48, 'plain http', withSource({ git: 'http://git.example.com/x' }), 'invalid-repo-url'],
    [
      50,
      'a password in the address',
      withSource({ git: 'https://me:hunter2@git.example.com/x' }),
      'credentials-in-url',
    ],
    [58, 'a Dockerfile outside', withBuild({ dockerfile: '../../etc/passwd' }), 'invalid-path'],
    [58, 'an absolute Dockerfile', withBuild({ dockerfile: '/etc/passwd' }), 'invalid-path'],
    [58, 'a way out in the middle', withBuild({ dockerfile: 'a/../../b' }), 'invalid-path'],
    [58, 'backslashes', withBuild({ dockerfile: '..\\x' }), 'invalid-path'],
    [58, 'encoded dots', withBuild({ dockerfile: '%2e%2e/x' }), 'invalid-path'],
    [58, 'a file of the source outside', withStaging({ files: { '/a': { from: '../x' } } }), 'invalid-path'],
    [58, 'a context outside', withSource({ git: 'https://git.example.com/x', path: '..' }), 'invalid-path'],
    [62, 'a space in a build argument’s name', withBuild({ args: { 'A B': '1' } }), 'validation-failed'],
    [62, 'a semicolon in it', withBuild({ args: { 'LD;': '1' } }), 'validation-failed'],
    [62, 'a line break in the value', withBuild({ args: { A: '1\n2' } }), 'validation-failed'],
    [63, 'a token as build argument', withBuild({ args: { NPM_TOKEN: 'x' } }), 'use-build-secret'],
    [63, 'a stored secret’s value', withBuild({ args: { MODE: 'the value of a stored secret' } }), 'use-build-secret'],
    [63, 'a value that holds it', withBuild({ args: { MODE: 'x:the value of a stored secret!' } }), 'use-build-secret'],
    [
      63,
      'the value of a secret of its environment',
      withBuild({ args: { MODE: 'of staging alone' } }),
      'use-build-secret',
    ],
    [63, 'a password in an address', withBuild({ args: { INDEX: 'https://me:hunter2@host/x' } }), 'use-build-secret'],
    ...['GH_PAT', 'AUTH', 'SIGNING_KEY', 'DB_PWD', 'NPM_AUTH', 'key'].map((name): [number, string, unknown, string] => [
      63,
      `a secret named ${name}`,
      withBuild({ args: { [name]: 'x' } }),
      'use-build-secret',
    ]),
    [43, 'negative replicas', withStaging({ replicas: -1 }), 'validation-failed'],
    [43, 'a billion replicas', withStaging({ replicas: 1e9 }), 'validation-failed'],
    [43, 'weight 101', canary({ setWeight: 101 }), 'validation-failed'],
    [43, 'weights that fall', canary({ setWeight: 50 }, { setWeight: 10 }), 'validation-failed'],
    [43, 'a timeout of nothing', withStaging({ timeout: '0s' }), 'validation-failed'],
    [43, 'a timeout of ages', withStaging({ timeout: '999999d' }), 'validation-failed'],
    [43, 'an unknown strategy', withStaging({ strategy: 'yolo' }), 'validation-failed'],
    [92, 'quotes in a host', withStaging({ port: undefined, host: 'a"b' }), 'validation-failed'],
    [92, 'a line break in a variable’s name', withStaging({ env: { 'A\nB': '1' } }), 'validation-failed'],
    [93, 'a privileged pod', kubernetes({ privileged: true }), 'policy-violation'],
    [93, 'the host’s files', kubernetes({ hostPath: '/', volumes: [] }), 'policy-violation'],
    [93, 'the host’s network', kubernetes({ hostNetwork: true, hostPID: true }), 'policy-violation'],
    [93, 'capabilities', kubernetes({ capabilities: ['SYS_ADMIN'] }), 'policy-violation'],
    [93, 'a chosen service account', kubernetes({ serviceAccount: 'admin' }), 'policy-violation'],
    [93, 'a namespace of the cluster', kubernetes({ namespace: 'kube-system' }), 'policy-violation'],
    [95, 'a privileged container', withStaging({ privileged: true }), 'policy-violation'],
    [95, 'a file over the kernel’s', withStaging({ files: { '/proc/sys/x': { text: '' } } }), 'policy-violation'],
    [95, 'a folder of the machine', withStaging({ volumes: ['/:/host'] }), 'policy-violation'],
    [95, 'the engine’s socket', withStaging({ volumes: { a: '/var/run/docker.sock:/x' } }), 'policy-violation'],
    [
      95,
      'a volume over the kernel’s',
      withStaging({ volumes: { a: { path: '/proc/sys', shared: true } } }),
      'policy-violation',
    ],
    [95, 'devices and mounts', withStaging({ devices: ['/dev/kmsg'], mounts: ['/'] }), 'policy-violation'],
    [95, 'the host’s processes', withStaging({ pid: 'host', network: 'host' }), 'policy-violation'],
    [95, 'a port below 1024', withStaging({ port: 80 }), 'policy-violation'],
    [
      97,
      'metadata as a health path',
      withStaging({ health: { path: 'http://169.254.169.254/' } }),
      'validation-failed',
    ],
    [97, 'a shell as health command', withStaging({ health: { command: 'curl x | sh' } }), 'validation-failed'],
    [97, 'metadata as Prometheus', analysis('http://169.254.169.254/'), 'address-not-allowed'],
    [97, 'metadata as a number', analysis('http://2852039166/'), 'address-not-allowed'],
    [97, 'metadata by its name', analysis('http://metadata.google.internal/'), 'address-not-allowed'],
    [97, 'metadata as a registry', { ...sampleSpec(), image: { registry: '169.254.169.254' } }, 'address-not-allowed'],
    [97, 'a path at Prometheus', analysis('http://prometheus:9090/admin'), 'policy-violation'],
    [97, 'a query at Prometheus', analysis('http://prometheus:9090/?x='), 'policy-violation'],
    [97, 'a fragment at Prometheus', analysis('http://prometheus:9090/#x'), 'policy-violation'],
    [97, 'a password at Prometheus', analysis('http://me:hunter2@prometheus:9090'), 'policy-violation'],
    [104, 'a scan by a tag', withScan({ image: 'registry.example.com/trivy:latest' }), 'validation-failed'],
    [104, 'a scan by a tool of their own', withScan({ tool: 'sh' }), 'validation-failed'],
    [104, 'ids without end', withScan({ ignore: Array(201).fill('CVE-2026-1') }), 'validation-failed'],
    [104, 'an id that is an option', withScan({ ignore: ['--skip-files=/'] }), 'validation-failed'],
    [104, 'an id of two lines', withScan({ ignore: ['CVE-2026-1\nCVE-2026-2'] }), 'validation-failed'],
    [104, 'no such day', withScan({ ignore: [{ id: 'CVE-2026-1', until: '2026-02-30' }] }), 'validation-failed'],
    [104, 'a scan of a year', withScan({ timeout: '8760h' }), 'validation-failed'],
    [
      104,
      'metadata as the tool',
      withScan({ image: `169.254.169.254/x@sha256:${'a'.repeat(64)}` }),
      'address-not-allowed',
    ],
  ])('row %i: %s', async (_row, _what, spec, code) => {
    const { text } = await put(spec, 422, code)
    expect(text).not.toContain('hunter2')
  })

  test.each([
    '169.254.169.254',
    '127.1',
    '2130706433',
    '0x7f000001',
    '017700000001',
    '[::1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '[fe80::1]',
    '[fc00::1]',
    'localhost',
    'metadata.google.internal',
  ])('row 51: a source at %s', async (host) => {
    await put(withSource({ git: `https://${host}/acme/shop.git` }), 422, 'address-not-allowed')
    await put(withSource({ git: `ssh://git@${host}/acme/shop.git` }), 422, 'address-not-allowed')
  })

  test('row 51: what the operator lists is taken, link-local never', async () => {
    const internal = { ...sampleSpec('internal'), source: { git: 'http://git.internal/acme/shop.git' } }
    expect((await api.call('PUT', '/v1/apps/internal', { body: internal })).status).toBe(201)
  })

  test('every fault is told at once, at its path', async () => {
    const spec = { ...sampleSpec(), image: { registry: 'UP', name: '' }, extra: 1 }
    const { body } = await put(spec, 422, 'validation-failed')
    const paths = body.faults.map(({ path }: { path: string[] }) => path.join('.'))
    expect(paths).toEqual(expect.arrayContaining(['image.registry', 'image.name', 'extra']))
  })
})
