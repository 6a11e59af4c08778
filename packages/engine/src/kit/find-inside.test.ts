import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findInside } from './find-inside.ts'

const home = mkdtempSync(join(realpathSync(tmpdir()), 'stevedore-inside-'))
const source = join(home, 'source')
mkdirSync(join(source, 'services/..shop'), { recursive: true })
writeFileSync(join(home, 'outside'), '')
writeFileSync(join(source, 'file'), '')
symlinkSync('services', join(source, 'link'))
symlinkSync('..', join(source, 'up'))
symlinkSync('/etc', join(source, 'absolute'))
symlinkSync('../nothing', join(source, 'broken-outside'))
symlinkSync('services/nothing', join(source, 'broken-inside'))
symlinkSync('loop', join(source, 'loop'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test.each([
  ['.', ''],
  ['services/..shop', '/services/..shop'],
  ['link/..shop', '/services/..shop'],
])('finds %s', async (path, found) => {
  expect(await findInside(source, path)).toBe(`${source}${found}`)
})

test.each([
  'up',
  'up/outside',
  'absolute/passwd',
  '../outside',
  '../nothing',
  'up/nothing/at/all',
  'absolute/nothing',
  'broken-outside',
  'broken-outside/below',
])('refuses %s, which leads out, whether or not anything is there', async (path) => {
  await expect(findInside(source, path)).rejects.toMatchObject({
    code: 'path-outside-source',
    diagnosis: `${path} leads out of the source`,
  })
})

test.each(['nothing', 'nothing/at/all', 'file/below', 'link/nothing', 'broken-inside', 'loop'])(
  'says that %s is not there',
  async (path) => {
    await expect(findInside(source, path)).rejects.toMatchObject({
      code: 'path-missing',
      diagnosis: `the source has no ${path}`,
    })
  },
)

test('an absent path may have a code of its own, one that leads out has not', async () => {
  await expect(findInside(source, 'nothing', 'dockerfile-missing')).rejects.toMatchObject({
    code: 'dockerfile-missing',
  })
  await expect(findInside(source, 'up', 'dockerfile-missing')).rejects.toMatchObject({ code: 'path-outside-source' })
})
