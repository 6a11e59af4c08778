import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConsole } from './console-files.ts'
import { browserFolder } from './folders.ts'

const files = await readConsole()

test('all of it, packed, is below 100 kB', () => {
  const sizes = [files.page, ...files.assets.values()].map(({ brotli, gzip }) => [brotli.length, gzip.length])
  const sum = (at: 0 | 1) => sizes.reduce((total, size) => total + (size[at] ?? 0), 0)
  expect(sum(0)).toBeLessThan(100_000)
  expect(sum(1)).toBeLessThan(100_000)
})

test('the page loads a script and a stylesheet, and nothing else', () => {
  expect([...files.assets.keys()]).toEqual(['console.js', 'console.css'])
  const page = files.page.plain.toString()
  const asked = [...page.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, address]) => address)
  expect(asked.sort()).toEqual([
    `/console/assets/${files.version}/console.css`,
    `/console/assets/${files.version}/console.js`,
  ])
})

test('the script is whole: it imports nothing, and no test, schema or source of it is sent along', () => {
  const script = read('console.js')
  expect(script).not.toMatch(/\bimport\b *[("'{*\w]/)
  expect(script).not.toMatch(/vitest|ZodObject|sourceMappingURL/)
  expect(script).toContain('trustedTypes')
})

test('what stands in the page itself is what the policy names', () => {
  const [, inline = ''] = /<script>(.*?)<\/script>/s.exec(files.page.plain.toString()) ?? []
  expect(inline).toContain('location.reload')
  expect(files.policy).toContain(`script-src 'self' 'sha256-${createHash('sha256').update(inline).digest('base64')}'`)
})

test('no template asks for what the policy refuses', async () => {
  const texts = await Promise.all(
    (await readdir(browserFolder, { recursive: true }))
      .filter((path) => path.endsWith('.ts') && !path.includes('.test.'))
      .map(async (path) => [path, await readFile(join(browserFolder, path), 'utf8')] as const),
  )
  expect(texts.length).toBeGreaterThan(50)
  const asking = texts.filter(([, text]) => /\sstyle=|innerHTML|unsafeHTML|\son[a-z]+="/.test(text))
  expect(asking.map(([path]) => path)).toEqual([])
})

test('the layers of the stylesheet come first, in their order', () => {
  expect(read('console.css')).toMatch(/^@layer [\w,]+;/)
})

function read(path: string): string {
  return files.assets.get(path)?.plain.toString() ?? ''
}
