import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type AppSpec, appSpec, appsSpec } from '@stevedore/contract'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exitStatus } from '../exit.ts'
import { run } from '../run.ts'
import { readSpecFile } from '../spec-file.ts'
import { makeProject } from '../testing/project.ts'

let printed = ''
function say(text: unknown): boolean {
  printed += `${text}\n`
  return true
}
beforeEach(() => {
  printed = ''
  vi.spyOn(console, 'log').mockImplementation(say)
  vi.spyOn(console, 'error').mockImplementation(say)
  vi.spyOn(process.stderr, 'write').mockImplementation(say)
})
afterEach(() => vi.restoreAllMocks())

/** What a folder becomes, as apply reads it. */
async function init(files: Record<string, string>, ...words: string[]): Promise<AppSpec[]> {
  return initFolder(await makeProject(files), ...words)
}

async function initFolder(folder: string, ...words: string[]): Promise<AppSpec[]> {
  printed = ''
  expect(await run(['init', folder, '--force', ...words])).toBe(exitStatus.done)
  const text = await readSpecFile(join(folder, 'stevedore.yaml'))
  return Object.hasOwn(Object(text), 'apps') ? appsSpec.parse(text).apps : [appSpec.parse(text)]
}

async function withRemote(files: Record<string, string>): Promise<string> {
  const folder = await makeProject(files)
  const git = execa({ cwd: folder })
  await git('git', ['init', '-q', '-b', 'trunk'])
  await git('git', ['remote', 'add', 'origin', 'https://git.example.com/acme/shop.git'])
  return folder
}

const Dockerfile = 'FROM a\nEXPOSE 3000\nUSER 1001'
const deployment = (name: string, image = 'acme/shop:1', more = '') =>
  `kind: Deployment\nmetadata: { name: ${name} }\nspec:\n  template:\n    metadata: { labels: { app: ${name} } }\n    spec: { containers: [{ name: main, image: "${image}" }] }\n${more}---\n`
const service = (name: string, app = name) =>
  `kind: Service\nmetadata: { name: ${name} }\nspec: { selector: { app: ${app} } }\n---\n`
const settingsOf = (spec: AppSpec | undefined) => spec?.environments.staging

test('one Deployment is the base in a cluster, whatever its image is called', async () => {
  const files = { Dockerfile, 'k8s/a.yaml': deployment('web', 'x/y'), 'k8s/b.yaml': 'kind: Service' }
  const [spec] = await init(files)
  expect(settingsOf(spec)).toMatchObject({ engine: 'kubernetes', namespace: 'shop', manifests: 'k8s' })
  expect(printed).toContain('image: { registry: ghcr.io')
  await init(files, '--engine', 'docker')
  expect(printed).toContain('k8s: is for a cluster')
})

test('Deployments of one image are one app, of which that one serves that a deploy takes for it', async () => {
  const others = `${deployment('worker')}${deployment('db', 'postgres:18')}kind: CronJob\nmetadata: { name: nightly }`
  const byService = `${deployment('front')}${service('shop', 'front')}${others}`
  const [own] = await init({ Dockerfile, 'k8s/all.yaml': byService })
  expect(settingsOf(own)).toMatchObject({ manifests: 'k8s' })
  expect(settingsOf(own)).not.toHaveProperty('service')
  expect(printed).toContain('manifests: with the Deployment front, which serves: the Service shop leads to it')
  expect(printed).toContain('beside it go with each revision: Deployment worker, Deployment db, CronJob nightly')
  const [named] = await init({ Dockerfile, 'k8s/all.yaml': `${deployment('shop')}${others}` })
  expect(settingsOf(named)).toMatchObject({ manifests: 'k8s' })
  expect(printed).toContain('which serves: it has the app’s name')
  const another = `${deployment('front', 'ghcr.io/acme/shop:2')}${service('entry', 'front')}${service('db')}${others}`
  const [told] = await init({ Dockerfile, 'k8s/all.yaml': another })
  expect(settingsOf(told)).toMatchObject({ manifests: 'k8s', service: 'entry' })
})

test('what serves brings its number, its container and what a disk of one node asks for', async () => {
  const pod =
    'spec: { replicas: 3, template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: proxy, image: nginx }, { name: main, image: acme/shop }], volumes: [{ persistentVolumeClaim: { claimName: data } }] } } }'
  const files = { Dockerfile, 'k8s/a.yaml': `kind: Deployment\nmetadata: { name: shop }\n${pod}` }
  expect(settingsOf((await init(files))[0])).toMatchObject({ replicas: 3, container: 'main' })
  const claim = 'kind: PersistentVolumeClaim\nmetadata: { name: data }\nspec: { accessModes: [ReadWriteOnce] }'
  expect(settingsOf((await init({ ...files, 'k8s/b.yaml': claim }))[0])).toMatchObject({
    replicas: 1,
    strategy: { type: 'recreate' },
  })
})

test.each([
  [`${deployment('a', 'x/a')}${deployment('b', 'x/b')}`, 'holds 2 Deployments (a, b), and none of their images'],
  [`${deployment('a')}${deployment('b')}`, 'and no Service leads to one of its image alone'],
  [`${deployment('a')}${deployment('b')}${service('a')}${service('b')}`, 'and no Service leads to one of its image'],
  [`${deployment('shop', 'nginx')}${deployment('b')}`, 'shop, which would serve (it has the app’s name), runs another'],
])('what cannot be told apart is told, and the app has no manifests: %#', async (text, why) => {
  const [spec] = await init({
    Dockerfile,
    'k8s/all.yaml': text,
    'k8s/kustomization.yaml': 'resources: [., ../k8s, all.yaml]',
  })
  expect(settingsOf(spec)).not.toHaveProperty('manifests')
  expect(printed).toContain(why)
})

test('what a deploy would refuse of manifests is told beforehand', async () => {
  const text = `${deployment('shop')}${deployment('web')}kind: Secret\nmetadata: { name: s }\n---\nkind: ServiceAccount\nmetadata: { name: other }`
  await init({ Dockerfile, 'k8s/all.yaml': text })
  expect(printed).toContain('k8s: Secret s: is of a kind that manifests may not hold')
  expect(printed).toContain('k8s: Deployment web: has a name that is Stevedore’s own')
  expect(printed).toContain('k8s: ServiceAccount other: is not called shop or shop-…')
})

test('an app for each folder whose image the manifests run, each with its file, its context and what concerns it', async () => {
  const folder = await withRemote({
    'src/front/Dockerfile': Dockerfile,
    'src/front/main.go': '',
    'src/cart/src/Dockerfile': Dockerfile,
    'src/cart/src/Dockerfile.debug': Dockerfile,
    'src/cart/src/main.cs': '',
    'src/extra-ai/Dockerfile': Dockerfile,
    'src/extra-ai/main.py': '',
    'manifests/front.yaml': `${deployment('front', 'ghcr.io/acme/shop-front:1')}${service('front')}${service('front-external', 'front')}`,
    'manifests/cart.yaml': `${deployment('cart', 'cart')}${service('cart')}${deployment('redis', 'redis:8')}${service('redis')}`,
    'manifests/rest.yaml': deployment('mail', 'mailpit'),
    'manifests/kustomization.yaml': 'resources: [cart.yaml, front.yaml, rest.yaml]',
  })
  const [ai, front, cart] = await initFolder(folder)
  expect([ai, front, cart].map((one) => [one?.app, settingsOf(one)])).toMatchObject([
    ['extra-ai', { namespace: 'shop' }],
    ['front', { namespace: 'shop', manifests: 'manifests/front.yaml' }],
    ['cart', { namespace: 'shop', manifests: 'manifests/cart.yaml' }],
  ])
  expect(settingsOf(ai)).not.toHaveProperty('manifests')
  expect(cart?.source.path).toBe('src/cart/src')
  expect(front?.triggers).toEqual([
    { on: 'push', branch: 'trunk', paths: ['src/front/**', 'manifests/front.yaml'], do: ['build', 'deploy staging'] },
  ])
  expect(printed).toContain('manifests/rest.yaml: Deployment mail: is in no app’s manifests')
  expect(await readFile(join(folder, 'stevedore.yaml'), 'utf8')).toMatch(
    /# Called as its manifests call it.*\n {2}front:/,
  )
  expect(printed).toContain('the kustomization in manifests: is for all together')
  expect(printed).toContain('the manifests: hold no Deployment of its image')
  expect(printed).toContain('src/cart/src/Dockerfile.debug: builds other images')
  const [docker] = await initFolder(folder, '--engine', 'docker', '--app', 'acme')
  expect(docker).toMatchObject({ app: 'acme-extra-ai', environments: { staging: { engine: 'docker' } } })
  expect(printed).toContain('manifests: is for a cluster')
})

test('what apps share in one file, or keep outside of what is uploaded, is theirs to part', async () => {
  const files = { 'a/Dockerfile': Dockerfile, 'a/x': '', 'b/Dockerfile': Dockerfile, 'b/x': '' }
  const text = `${deployment('a', 'a')}${deployment('b', 'b')}`
  const [shared] = await initFolder(await withRemote({ ...files, 'k8s/all.yaml': text }))
  expect(settingsOf(shared)).not.toHaveProperty('manifests')
  expect(printed).toContain('hold it in one file with Deployment b, which are other apps’')
  const parts = {
    'k8s/a/a.yaml': deployment('a', 'a'),
    'k8s/a/s.yaml': service('a'),
    'k8s/b/b.yaml': deployment('b', 'b'),
  }
  const divided = await initFolder(await withRemote({ ...files, ...parts }))
  expect(divided.map((one) => settingsOf(one))).toMatchObject([{ manifests: 'k8s/a' }, { manifests: 'k8s/b' }])
  const [uploaded] = await init({ ...files, ...parts })
  expect(settingsOf(uploaded)).not.toHaveProperty('manifests')
  expect(printed).toContain('lie outside of its folder, which alone is uploaded')
})

test('Dockerfiles of several folders are apps of one file, named by the project and the folder', async () => {
  const apps = await init({
    'services/a/Dockerfile': 'FROM a\nCOPY main.js .\nEXPOSE 3000',
    'services/a/main.js': '',
    'services/b/Dockerfile': 'FROM b\nCOPY --from=x /y /y\nADD ["shared", "services/b", "/b/"]\nEXPOSE 3000',
    'services/b/main.js': '',
    'shared/x': '',
    'docker/Dockerfile': 'FROM c',
    'e2e/Dockerfile': 'FROM d',
    'e2e/x': '',
    'services/only/Dockerfile': 'FROM e',
  })
  expect(apps).toMatchObject([
    { app: 'shop-a', source: { path: 'services/a' }, environments: { staging: { port: 3000 } }, triggers: [] },
    { app: 'shop-b', build: { dockerfile: 'services/b/Dockerfile' }, environments: { staging: { port: 3001 } } },
  ])
  expect(printed).toContain('docker/Dockerfile, e2e/Dockerfile, services/only/Dockerfile: is not taken')
})

test('of Dockerfiles in one folder the plain one is taken and the others are told, as are those below it', async () => {
  const files = {
    Dockerfile,
    'Dockerfile.dev': 'FROM b',
    'Dockerfile.worker': 'FROM c',
    'a/Dockerfile': 'FROM d',
    'a/x': '',
  }
  expect(await init(files)).toMatchObject([{ app: 'shop', build: { dockerfile: 'Dockerfile' } }])
  expect(printed).toContain('Dockerfile.dev, Dockerfile.worker: builds other images than Dockerfile')
  expect(printed).toContain('a/Dockerfile: is not taken')
  const manifests = { 'k8s/all.yaml': deployment('shop'), 'k8s/a.yaml': deployment('shop-a', 'acme/shop-a') }
  const both = await initFolder(await withRemote({ ...files, ...manifests }))
  expect(both).toMatchObject([
    { app: 'shop', environments: { staging: { manifests: 'k8s/all.yaml' } } },
    { app: 'a', environments: { staging: { manifests: 'k8s/a.yaml' } } },
  ])
  const [production] = await init({ 'Dockerfile.prod': Dockerfile, 'Dockerfile.dev': 'FROM b' })
  expect(production).toMatchObject({ build: { dockerfile: 'Dockerfile.prod' } })
})

test('one Dockerfile that cannot be read leaves the others, and nothing is read outside of the project', async () => {
  const outside = await makeProject({ Dockerfile, 'k8s/a.yaml': deployment('shop'), x: '' })
  const files = {
    'a/Dockerfile': 'RUN id',
    'a/x': '',
    'b/Dockerfile': Dockerfile,
    'b/x': '',
    'c/Dockerfile': 'FROM c',
    'c/x': '',
  }
  const folder = await makeProject(files)
  await symlink(join(outside, 'k8s'), join(folder, 'k8s'))
  await symlink(outside, join(folder, 'd'))
  const apps = await initFolder(folder)
  expect(apps.map(({ app }) => app)).toEqual(['shop-b', 'shop-c'])
  expect(printed).toContain('a: a/Dockerfile: has no FROM')
  expect(apps.every((one) => settingsOf(one)?.engine === 'docker')).toBe(true)
})

test('folders, manifests and their names are bounded, each told where it ends', async () => {
  const many = Array.from({ length: 60 }, (_, at) => `a${at}`)
  const files = Object.fromEntries(
    many.flatMap((name) => [
      [`${name}/Dockerfile`, 'FROM a'],
      [`${name}/x`, ''],
    ]),
  )
  const apps = await init({ ...files, 'k8s/a.yaml': deployment('a1', 'a1'), 'k8s/b.yaml': `a: ${'['.repeat(100_000)}` })
  expect(apps).toHaveLength(50)
  expect(printed).toContain('10 more folders')
  const text = deployment('shop') + deployment(`"${'x'.repeat(5_000)}"`) + deployment('"\\e[2J"', '\\e[2J')
  const [spec] = await init({ Dockerfile, 'k8s/a.yaml': text, 'k8s/big.yaml': `#${'x'.repeat(2 ** 20)}` })
  expect(settingsOf(spec)).toMatchObject({ manifests: 'k8s' })
  expect(printed).not.toContain('\u001b[2J')
  const large = Object.fromEntries(
    Array.from({ length: 8 }, (_, at) => [`kustomize/a${at}/a.yaml`, `a: ${'x'.repeat(2 ** 20 - 10)}`]),
  )
  await init({ Dockerfile, ...large })
  expect(printed).toContain('manifests: are more than the 4 MiB')
  await init({
    Dockerfile,
    'k8s/kustomization.yaml': 'resources: [../a, ../../x]',
    'a/kustomization.yaml': 'bases: [../k8s, ../a]',
  })
})

test('the kinds that are told are those of the guide', async () => {
  const { allowedKinds } = await import('../init/manifest-faults.ts')
  const guide = await readFile(join(import.meta.dirname, '../../../../docs/guide/manifests.md'), 'utf8')
  const kinds = [...guide.matchAll(/^\| `kind` \| `(\w+)` \|$/gm)].map(([, kind]) => kind)
  expect(new Set(kinds)).toEqual(allowedKinds)
})
