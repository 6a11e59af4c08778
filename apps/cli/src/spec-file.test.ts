import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listApps, readSpecFile, tryReadSpecFile } from './spec-file.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stevedore-spec-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function write(text: string): Promise<string> {
  const path = join(dir, 'stevedore.yaml')
  await writeFile(path, text)
  return path
}

test('anchors and merge keys are what they stand for, and what only holds them is dropped', async () => {
  const path = await write(`
x-defaults: &defaults { engine: docker, env: { LEVEL: debug } }
app: shop
environments:
  staging: &staging { <<: *defaults, port: 8081 }
  production: { <<: [*staging], port: 8082, env: { LEVEL: warn } }
`)
  expect(await readSpecFile(path)).toEqual({
    app: 'shop',
    environments: {
      staging: { engine: 'docker', env: { LEVEL: 'debug' }, port: 8081 },
      production: { engine: 'docker', env: { LEVEL: 'warn' }, port: 8082 },
    },
  })
})

test('a file that is not there is told as such, or is none', async () => {
  const path = join(dir, 'stevedore.yaml')
  await expect(readSpecFile(path)).rejects.toThrow(`There is no ${path}`)
  expect(await tryReadSpecFile(path)).toBeUndefined()
})

test('several apps are read as one, each with what it takes in', async () => {
  const path = await write(`
x-common: &common
  source: &source { git: https://git.example.com/acme/shop.git }
  environments: { staging: { engine: docker, port: 8081, env: { VERSION: 1.10 } } }
apps:
  api:
    <<: *common
    x-note: nothing of the spec
    source: { <<: *source, path: services/api }
    build: { args: { RELEASE: 2.0 } }
  web: *common
`)
  const spec = await readSpecFile(path)
  const git = 'https://git.example.com/acme/shop.git'
  const environments = { staging: { engine: 'docker', port: 8081, env: { VERSION: '1.10' } } }
  expect(spec).toEqual({
    apps: {
      api: { source: { git, path: 'services/api' }, environments, build: { args: { RELEASE: '2.0' } } },
      web: { source: { git }, environments },
    },
  })
  expect(listApps(spec)).toEqual(['api', 'web'])
})

test('fifty apps may share what three environments of each have in common', async () => {
  const names = Array.from({ length: 50 }, (_, n) => `a${n}`)
  const apps = names.map((name) => `  ${name}: { environments: { a: *common, b: *common, c: *common } }`)
  const spec = await readSpecFile(await write(['x-common: &common { engine: docker }', 'apps:', ...apps].join('\n')))
  expect(listApps(spec)).toEqual(names)
})

test('what grows by aliases of aliases is refused', async () => {
  const lines = ['x0: &x0 [a, a, a, a, a, a, a, a, a, a]']
  for (let n = 1; n < 9; n++)
    lines.push(
      `x${n}: &x${n} [${Array(10)
        .fill(`*x${n - 1}`)
        .join(', ')}]`,
    )
  await expect(readSpecFile(await write([...lines, 'app: shop'].join('\n')))).rejects.toThrow('alias')
})

test.each(['apps: shop', 'apps: [shop]', 'apps:', 'name: shop'])(
  'a file without an app is told what it lacks: %s',
  async (text) => {
    await expect(readSpecFile(await write(text))).rejects.toThrow('has no `app:`')
  },
)
