import { parseInstructions } from '@stevedore/formats'
import { expect, test } from 'vitest'
import { isGitContext, readGitContext } from './git-context.ts'
import { writeCopy } from './rewrite.ts'

function read(line: string) {
  const [, instruction] = parseInstructions(`FROM a\n${line}`, 'skip')
  const [source = ''] = instruction!.rest.split(' ')
  return { ...readGitContext(instruction!, source), copied: writeCopy(instruction!, ['/0/0/', '/x'], 'i') }
}

test.each([
  ['https://x.example/a.git', true],
  ['https://x.example/a.git#main', true],
  ['https://x.example/a', false],
  ['https://x.example/a#b.git', false],
  ['git://x.example/a', true],
  ['ssh://git@x.example/a', true],
  ['git@x.example:a', true],
])('whether %s is handed to git: %s', (source, expected) => {
  expect(isGitContext(source)).toBe(expected)
})

test.each([
  ['ADD https://x.example/a.git /x', { url: 'https://x.example/a.git', ref: undefined, folder: '.' }],
  ['ADD https://x.example/a.git#v1.0 /x', { ref: 'v1.0', folder: '.' }],
  ['ADD https://x.example/a.git#:docs /x', { ref: undefined, folder: 'docs' }],
  ['ADD https://x.example/a.git#refs/tags/@x/y@1:docs/a b /x', { ref: 'refs/tags/@x/y@1', folder: 'docs/a' }],
  ['ADD git@x.example:a/b.git#main /x', { url: 'git@x.example:a/b.git', ref: 'main' }],
  ['ADD ssh://git@x.example/a /x', { url: 'ssh://git@x.example/a' }],
  ['ADD --checksum=0123456 --chown=1 https://x.example/a.git /x', { checksum: '0123456' }],
])('%j', (line, expected) => {
  expect(read(line)).toMatchObject(expected)
})

test('what COPY does not know is heeded before, and left out', () => {
  const { copied } = read('ADD --keep-git-dir=false --chown=1:1 --checksum=0123456 https://x.example/a.git /x')
  expect(copied).toBe('COPY --from=i --chown=1:1 ["/0/0/","/x"]')
})

test.each([
  ['ADD git://x.example/a /x', 'by https://, ssh:// or git@host:path'],
  ['ADD ftp://x.example/a.git /x', 'by https://, ssh:// or git@host:path'],
  ['ADD https://x.example/a.git?ref=main /x', 'stands after #'],
  ['ADD https://user:pass@x.example/a.git /x', 'no credential stands in an address'],
  ['ADD https://token@x.example/a.git /x', 'no credential stands in an address'],
  ['ADD ssh://git:pass@x.example/a.git /x', 'no credential stands in an address'],
  ['ADD https://x.example/a.git#--upload-pack=x /x', 'a ref has no such signs'],
  ['ADD https://x.example/a.git#a*b /x', 'a ref has no such signs'],
  ['ADD --keep-git-dir https://x.example/a.git /x', '--keep-git-dir is not done'],
  ['ADD --keep-git-dir=true https://x.example/a.git /x', '--keep-git-dir is not done'],
  ['ADD --keep-git-dir=false --keep-git-dir=1 https://x.example/a.git /x', '--keep-git-dir is not done'],
  ['ADD --checksum=sha256:0 https://x.example/a.git /x', 'the checksum of a repository is the hash of its commit'],
])('%j is refused', (line, why) => {
  expect(() => read(line)).toThrow(
    expect.objectContaining({ code: 'address-not-allowed', diagnosis: expect.stringContaining(why) }),
  )
})
