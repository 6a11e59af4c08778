import type { ImageBuild } from '@stevedore/engine'
import { expect, test } from 'vitest'
import { buildKitArguments, classicOptions, clientEnvironment } from './build-options.ts'

const build: ImageBuild = {
  app: 'shop',
  contextDir: '/w/source',
  dockerfile: 'Dockerfile',
  target: 'production',
  tags: ['registry.test/acme/shop:1-production'],
  labels: { 'org.opencontainers.image.title': 'a "shop"' },
  args: { NOTE: '--x; $(id)' },
  secrets: { TOKEN: 'hunter2' },
  noCache: true,
  reach: { addresses: true, foreign: [], frontends: [], registries: [], allowedHosts: [], maxBytes: 1 },
  cacheScope: 'main',
}
const files = { dockerfile: '/w/source/Dockerfile', imageIdFile: '/w/b/id', secrets: { TOKEN: '/w/b/secrets/TOKEN' } }

test('a client gets one argument for each thing, no tag and no secret', () => {
  expect(buildKitArguments(build, files)).toEqual([
    'build',
    '--progress=plain',
    '--file=/w/source/Dockerfile',
    '--iidfile=/w/b/id',
    '--target=production',
    '--no-cache',
    '--build-arg',
    'NOTE=--x; $(id)',
    '--build-arg',
    'BUILDKIT_CACHE_MOUNT_NS=main',
    '--label',
    'org.opencontainers.image.title=a "shop"',
    '--secret',
    'id=TOKEN,src=/w/b/secrets/TOKEN',
    '--',
    '/w/source',
  ])
})

test('the last stage is built with the cache when nothing else is said', () => {
  const plain = { ...build, target: undefined, noCache: false, args: {}, labels: {} }
  expect(buildKitArguments(plain, { ...files, secrets: {} })).toEqual([
    ...['build', '--progress=plain', '--file=/w/source/Dockerfile', '--iidfile=/w/b/id'],
    ...['--build-arg', 'BUILDKIT_CACHE_MOUNT_NS=main', '--', '/w/source'],
  ])
})

test('a client knows the engine and nothing of the worker’s environment', () => {
  expect(clientEnvironment({ host: 'tcp://e:2376', certDir: '/certs' }, '/home/w', '/etc/w')).toEqual({
    PATH: expect.any(String),
    HOME: '/home/w',
    DOCKER_BUILDKIT: '1',
    DOCKER_HOST: 'tcp://e:2376',
    BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
    DOCKER_CONFIG: '/etc/w',
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: '/certs',
  })
})

test('the classic builder gets the same, with its limits, and clears its containers', () => {
  expect(classicOptions(build, 'Dockerfile', { registryConfig: {}, memoryBytes: 1e9 })).toEqual({
    version: '1',
    dockerfile: 'Dockerfile',
    target: 'production',
    buildargs: build.args,
    labels: build.labels,
    nocache: true,
    rm: true,
    forcerm: true,
    registryconfig: {},
    memory: 1e9,
    memswap: 1e9,
  })
})
