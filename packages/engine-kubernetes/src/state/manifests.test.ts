import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { renderKustomization } from '../client/kustomize.ts'
import { readManifests } from './manifests.ts'

const source = mkdtempSync(join(tmpdir(), 'stevedore-manifests-'))
const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop' } }
const calm = new AbortController().signal
afterAll(() => rmSync(source, { recursive: true }))

function write(path: string, content: unknown): void {
  mkdirSync(join(source, path, '..'), { recursive: true })
  writeFileSync(join(source, path), typeof content === 'string' ? content : JSON.stringify(content))
}

test('a folder’s files are read by name, a List is its items, and an empty document is nothing', async () => {
  write('good/b.yaml', `---\n---\n${JSON.stringify(config)}\n`)
  write('good/a.json', { kind: 'List', items: [{ ...config, kind: 'ServiceAccount' }] })
  write('good/notes.txt', 'not: a manifest')
  const objects = await readManifests(source, 'good', calm)
  expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'ConfigMap'])
})

test('a path that is not there and one that leads out of the source are told apart', async () => {
  await expect(readManifests(source, 'absent', calm)).rejects.toMatchObject({ code: 'path-missing' })
  await expect(readManifests(source, '../absent', calm)).rejects.toMatchObject({ code: 'path-outside-source' })
  mkdirSync(join(source, 'linked'))
  symlinkSync('/etc/hostname', join(source, 'linked/app.yaml'))
  await expect(readManifests(source, 'linked', calm)).rejects.toMatchObject({ code: 'path-outside-source' })
})

test('what is no YAML is named by its file', async () => {
  write('bad/app.yaml', 'kind: [')
  const failure = readManifests(source, 'bad', calm)
  await expect(failure).rejects.toMatchObject({
    code: 'manifests-invalid',
    diagnosis: expect.stringContaining('bad/app.yaml'),
  })
})

test('aliases that would grow without end are not followed', async () => {
  const levels = Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`)
  write('bomb/app.yaml', ['kind: ConfigMap', 'a0: &a0 [x]', ...levels].join('\n'))
  await expect(readManifests(source, 'bomb', calm)).rejects.toMatchObject({ code: 'manifests-invalid' })
})

const merged = (levels: number) =>
  Array.from(
    { length: levels },
    (_, level) => `a${level + 1}: &a${level + 1}\n  x: {<<: *a${level}}\n  y: {<<: *a${level}}\n`,
  )
test.each([
  ['merge keys that double at each level', `kind: ConfigMap\na0: &a0 {k: v}\n${merged(24).join('')}`],
  ['an alias of what holds it', 'kind: ConfigMap\na: &a [*a]'],
  ['brackets without end', `kind: ConfigMap\na: ${'['.repeat(5_000)}`],
  ['very many documents', '---\nkind: ConfigMap\n'.repeat(1_001)],
  ['a key that is given twice', 'kind: ConfigMap\ndata: {a: 1, b: 2, a: 3}'],
])('%s: refused before anything is made of it', async (_what, text) => {
  write('excess/app.yaml', text)
  await expect(readManifests(source, 'excess', calm)).rejects.toMatchObject({ code: 'manifests-invalid' })
})

test('anchors, aliases and merge keys are read, and very many keys', async () => {
  const keys = Array.from({ length: 20_000 }, (_, key) => `  k${key}: v`).join('\n')
  write('fine/app.yaml', `kind: ConfigMap\nmetadata: &m {name: a}\ncopy: *m\nmore: {<<: *m, b: c}\ndata:\n${keys}`)
  const [object] = await readManifests(source, 'fine', calm)
  expect(object).toMatchObject({ copy: { name: 'a' }, more: { name: 'a', b: 'c' }, data: { k19999: 'v' } })
})

test('a folder without manifests is said to have none', async () => {
  write('empty/README.md', '')
  await expect(readManifests(source, 'empty', calm)).rejects.toMatchObject({
    code: 'manifests-invalid',
    diagnosis: 'empty holds no manifests',
  })
})

test('limits are a matter of what is allowed', async () => {
  write('large/app.yaml', '#'.repeat(1_000_001))
  await expect(readManifests(source, 'large', calm)).rejects.toMatchObject({ code: 'policy-violation' })
  for (let file = 0; file <= 200; file++) write(`many/${file}.yaml`, config)
  await expect(readManifests(source, 'many', calm)).rejects.toMatchObject({ code: 'policy-violation' })
})

test('a kustomization on a worker without kubectl is the operator’s to mend', async () => {
  write('kustomized/kustomization.yaml', 'resources: []\n')
  const rendered = renderKustomization(join(source, 'kustomized'), calm, { searchPath: join(source, 'kustomized') })
  await expect(rendered).rejects.toMatchObject({ code: 'kubectl-missing' })
})

test.each<[string, object, Record<string, unknown>?]>([
  ['a resource', { resources: ['ADDRESS'] }],
  ['a resource in capitals', { resources: [' HTTP://localhost:9/x.yaml'] }],
  ['a patch', { patches: [{ path: 'ADDRESS' }] }],
  ['a file of a generator', { configMapGenerator: [{ name: 'a', files: ['key=ADDRESS'] }] }],
  ['variables of a generator', { secretGenerator: [{ name: 'a', envs: ['ADDRESS'] }] }],
  ['definitions', { crds: ['ADDRESS'], openapi: { path: 'ADDRESS' } }],
  ['a folder of another', { resources: ['../beside'] }, { 'beside/kustomization.yml': { bases: ['ADDRESS'] } }],
  [
    'a component',
    { components: ['inner'] },
    { 'fetching/inner/Kustomization': { replacements: [{ path: 'ADDRESS' }] } },
  ],
  [
    'a generator of its own',
    { generators: ['own.yaml'] },
    { 'fetching/own.yaml': { kind: 'ConfigMapGenerator', files: ['ADDRESS'] } },
  ],
  ['a transformer in place', { transformers: ['kind: PatchTransformer\npath: ADDRESS\n'] }],
])('a kustomization fetches nothing, not from this machine either: %s', async (_what, kustomization, more = {}) => {
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.end('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: leaked}\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const text = (value: unknown) => JSON.stringify(value).replaceAll('ADDRESS', `http://127.0.0.1:${port}/x.yaml`)
  rmSync(join(source, 'fetching'), { recursive: true, force: true })
  write('fetching/kustomization.yaml', text(kustomization))
  for (const [path, content] of Object.entries(more)) write(path, text(content))
  await expect(readManifests(source, 'fetching', calm)).rejects.toMatchObject({
    code: 'manifests-invalid',
    diagnosis: expect.stringContaining('has to be in the source'),
  })
  expect(asked).toBe(0)
  server.close()
})

test('addresses that are only text, and folders that name each other, are no fetch', async () => {
  write('plain/kustomization.yaml', {
    resources: ['base'],
    commonAnnotations: { docs: 'https://docs.example.com' },
    configMapGenerator: [{ name: 'a', literals: ['URL=http://localhost:8080'] }],
  })
  write('plain/base/kustomization.yaml', { resources: ['app.yaml'], note: 'plain' })
  write('plain/base/app.yaml', config)
  const failure = await readManifests(source, 'plain', calm).catch((error: unknown) => error)
  expect(JSON.stringify(failure)).not.toContain('has to be in the source')
})

test('a kustomization of folders outside the source is refused', async () => {
  write('leaving/kustomization.yaml', { resources: ['../../etc'] })
  await expect(readManifests(source, 'leaving', calm)).rejects.toMatchObject({ code: 'path-outside-source' })
})

test('numbers that begin with 0 are octal, and words are no flags', async () => {
  const modes = ['0644', '0400', '0o644', '420', '!!int 0644', '089', '"0644"', '0']
  const words = ['on', 'yes', 'no', 'off', 'y', 'true', '"0644"']
  write('octal/app.yaml', `kind: ConfigMap\nmodes:\n${list(modes)}words:\n${list(words)}flow: {defaultMode: 0444}\n`)
  const [object] = await readManifests(source, 'octal', calm)
  expect(object).toMatchObject({
    modes: [420, 256, 420, 420, 420, 89, '0644', 0],
    words: ['on', 'yes', 'no', 'off', 'y', true, '0644'],
    flow: { defaultMode: 292 },
  })
  write('octal/app.yaml', 'kind: ConfigMap\ndata: {0644: a, 0644: b}')
  await expect(readManifests(source, 'octal', calm)).rejects.toMatchObject({
    diagnosis: expect.stringContaining('given twice'),
  })
})

function list(values: string[]): string {
  return values.map((value) => `- ${value}\n`).join('')
}
