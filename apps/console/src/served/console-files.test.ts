import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readConsole } from './console-files.ts'

const files = await readConsole()

test('all of it, packed, is below 100 kB', () => {
  const sizes = [files.page, ...files.assets.values()].map(({ brotli, gzip }) => [brotli.length, gzip.length])
  const sum = (at: 0 | 1) => sizes.reduce((total, size) => total + (size[at] ?? 0), 0)
  expect(sum(0)).toBeLessThan(100_000)
  expect(sum(1)).toBeLessThan(100_000)
})

test('no test, no type and no schema is sent along', () => {
  const paths = [...files.assets.keys()]
  expect(paths).toContain('main.ts')
  expect(paths).toContain('lit-html/lit-html.js')
  expect(paths.filter((path) => /test|testing|zod|node_modules|\.\.|unsafe/.test(path))).toEqual([])
  expect(files.assets.get('state.ts')?.plain.toString()).not.toMatch(/interface|import type/)
})

test('what a module imports is there, by its path or in the import map', () => {
  const map = /<script type="importmap">(.*?)<\/script>/.exec(files.page.plain.toString())?.[1] ?? ''
  const { imports } = JSON.parse(map) as { imports: Record<string, string> }
  const prefix = `/console/assets/${files.version}/`
  for (const address of Object.values(imports))
    expect(files.assets.has(address.slice(prefix.length)), address).toBe(true)
  expect(files.policy).toContain(`'sha256-${createHash('sha256').update(map).digest('base64')}'`)
  const bare = [...files.assets.values()].flatMap(({ plain }) =>
    [...plain.toString().matchAll(/^import .*from ["']([^."'][^"']*)["']/gm)].map(([, name = '']) => name),
  )
  expect(bare.filter((name) => !(name in imports))).toEqual([])
})

test('no template asks for what the policy refuses', () => {
  const own = [...files.assets].filter(([path]) => !path.startsWith('lit-html/') && path.endsWith('.ts'))
  const asking = own.filter(([, { plain }]) => /\sstyle=|innerHTML|unsafeHTML|\son[a-z]+="/.test(plain.toString()))
  expect(asking.map(([path]) => path)).toEqual([])
})

test('what is left of each module is code, and lit is whole', () => {
  expect(files.assets.get('lit-html/lit-html.js')?.plain.toString()).toMatch(/export\{.* as render/)
  for (const [path, { plain }] of files.assets) expect(plain.length, path).toBeGreaterThan(40)
})
