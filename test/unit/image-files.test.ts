import { globSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const dockerfile = readFileSync(join(root, 'docker/Dockerfile'), 'utf8')
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
const locked = Object.entries(lock.packages)

interface Locked {
  dev?: boolean
  optionalDependencies?: Record<string, string>
}

test('the lock names the optional packages of every platform, or `npm ci` refuses it', () => {
  const wanted = locked.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ name, from: path })),
  )
  expect(wanted.length).toBeGreaterThan(20)
  expect(wanted.filter(({ name, from }) => !isLocked(name, from)).map(({ name }) => name)).toEqual([])
})

test('the image’s dependencies are installed of every manifest', () => {
  const copied = [...dockerfile.matchAll(/^COPY (apps\/\S+\/package\.json)/gm)].map(([, path]) => path)
  expect(copied).toEqual(globSync('apps/*/package.json', { cwd: root }).sort())
  expect(dockerfile).toMatch(/^COPY packages packages$/m)
})

test('the image has every folder that npm puts dependencies into', () => {
  const folders = [...dockerfile.matchAll(/^COPY --from=dependencies \/stevedore(\S*) /gm)].map(([, path = '']) => path)
  const needed = locked.filter(([path, { dev }]) => path.includes('node_modules/') && !dev).map(([path]) => `/${path}`)
  expect(needed.some((path) => path.startsWith('/packages/'))).toBe(true)
  expect(needed.filter((path) => !folders.some((folder) => path.startsWith(`${folder}/`)))).toEqual([])
})

test('the image runs as one who is not root, at home where the volume is', () => {
  expect(dockerfile).toMatch(/usermod --home \/data node.*^USER node$.*^VOLUME \/data$/ms)
})

/** As Node looks for a package: beside the one that wants it, then in each folder above. */
function isLocked(name: string, from: string): boolean {
  if (lock.packages[normalize(join(from, 'node_modules', name))]) return true
  return from !== '' && isLocked(name, from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '')
}
