import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extract } from 'tar-stream'
import { afterAll, expect, test } from 'vitest'
import { packContext } from './pack-context.ts'

const home = mkdtempSync(join(tmpdir(), 'stevedore-context-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

function makeContext(ignoreFile: (path: string) => void = () => {}): string {
  const dir = mkdtempSync(join(home, 'context-'))
  writeFileSync(join(dir, 'Dockerfile'), 'FROM scratch')
  writeFileSync(join(dir, 'secret'), 'x')
  ignoreFile(join(dir, '.dockerignore'))
  return dir
}

async function listPacked(dir: string): Promise<string[]> {
  const names: string[] = []
  for await (const entry of (await packContext(dir, 'Dockerfile', undefined)).pipe(extract())) {
    names.push(entry.header.name)
    entry.resume()
  }
  return names.sort()
}

test('leaves out what .dockerignore names, but never itself and the Dockerfile', async () => {
  const dir = makeContext((path) => writeFileSync(path, '*'))
  expect(await listPacked(dir)).toEqual(['.dockerignore', 'Dockerfile'])
  expect(await listPacked(makeContext())).toEqual(['Dockerfile', 'secret'])
})

test.each<[string, (path: string) => void]>([
  ['a folder', (path) => mkdirSync(path)],
  ['a link that leads nowhere', (path) => symlinkSync('.dockerignore', path)],
])('is not packed when .dockerignore is %s: nobody knows what it would have left out', async (_what, ignoreFile) => {
  await expect(packContext(makeContext(ignoreFile), 'Dockerfile', undefined)).rejects.toMatchObject({
    code: 'path-unreadable',
    diagnosis: expect.stringMatching(/^\.dockerignore: E/),
  })
})
