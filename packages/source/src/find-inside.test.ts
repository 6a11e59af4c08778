import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findInside } from './find-inside.ts'

const home = mkdtempSync(join(realpathSync(tmpdir()), 'stevedore-inside-'))
const source = join(home, 'source')
mkdirSync(join(source, 'services/..shop'), { recursive: true })
writeFileSync(join(home, 'outside'), '')
symlinkSync('services', join(source, 'link'))
symlinkSync('..', join(source, 'up'))
symlinkSync('/etc', join(source, 'absolute'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test.each([
  ['.', ''],
  ['services/..shop', '/services/..shop'],
  ['link/..shop', '/services/..shop'],
])('finds %s', async (path, found) => {
  expect(await findInside(source, path)).toBe(`${source}${found}`)
})

test.each(['up', 'up/outside', 'absolute/passwd', '../outside', 'nothing'])('refuses %s', async (path) => {
  await expect(findInside(source, path)).rejects.toMatchObject({ code: 'dockerfile-missing' })
})
