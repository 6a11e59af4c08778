import { expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { environmentSpec } from './environment.ts'
import { listFiles } from './files.ts'

const hello = { text: 'hello\n' }

/** The faults of files that are refused, as `path code`. */
function faultsOf(files: unknown, more: object = {}): string[] {
  const parsed = environmentSpec.safeParse({ engine: 'docker', files, ...more })
  return parsed.success ? [] : listFaults(parsed.error).map(({ path, code }) => `${path.join('.')} ${code}`)
}

test.each([
  '/',
  'etc/app',
  '/etc/../app',
  '/etc//app',
  '/etc/app/',
  '/etc/a\0b',
  '/etc/a\nb',
  '/etc/<img>',
  '/proc/1/environ',
  '/sys/x',
  '/dev/null',
  '/tmp/x',
  '/etc',
  '/etc/hosts',
  '/run/stevedore/files/x',
  `/${'a'.repeat(120)}`,
])('no file is put at %j', (path) => {
  expect(faultsOf({ [path]: hello })).toHaveLength(1)
})

test.each<[string, unknown, string]>([
  ['neither', {}, 'files./a/b custom'],
  ['both', { text: '', from: 'a' }, 'files./a/b custom'],
  ['what Stevedore records', { text: '', encoded: 'AA==' }, 'files./a/b.encoded custom'],
  ['a way out of the source', { from: '../a' }, 'files./a/b.from invalid-path'],
  ['a mode that lets others write', { text: '', mode: '0666' }, 'files./a/b.mode invalid-value'],
  ['another’s rights', { text: '', mode: '4555' }, 'files./a/b.mode invalid-value'],
  ['too much', { text: 'ü'.repeat(2 ** 17 + 1) }, 'files./a/b.text custom'],
  ['an owner', { text: '', owner: 'root' }, 'files./a/b.owner unknown-key'],
])('a file with %s is refused', (_name, file, fault) => {
  expect(faultsOf({ '/a/b': file })).toContain(fault)
})

test('files do not lie in each other, in volumes or in writable paths, nor are they for manifests', () => {
  expect(faultsOf({ '/a': hello, '/a/b': hello })).toEqual(['files./a/b custom'])
  expect(faultsOf({ '/a': hello, '/ab': hello })).toEqual([])
  const volumes = { data: { path: '/data', shared: true } }
  for (const path of ['/data', '/data/x']) expect(faultsOf({ [path]: hello }, { volumes })).toHaveLength(1)
  expect(faultsOf({ '/var': hello }, { writablePaths: ['/var/cache/'] })).toHaveLength(1)
  const onCluster = { engine: 'kubernetes', namespace: 'shop', manifests: 'k8s' }
  expect(faultsOf({ '/a': hello }, onCluster)).toEqual(['files custom'])
})

test('so many files, and so much in them together, are allowed and no more', () => {
  const many = (count: number, text: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`/a/${index}`, { text }]))
  expect(faultsOf(many(64, ''))).toEqual([])
  expect(faultsOf(many(65, ''))).toEqual(['files custom'])
  expect(faultsOf(many(2, 'a'.repeat(2 ** 18)))).toEqual([])
  expect(faultsOf(many(3, 'a'.repeat(2 ** 18)))).toEqual(['files custom'])
})

test('what was not recorded is never taken for an empty file', () => {
  const { files } = environmentSpec.parse({ engine: 'docker', files: { '/a': { from: 'a' } } })
  expect(() => listFiles({ files })).toThrow('the content of /a was not recorded')
})
