import { expect, test } from 'vitest'
import { gitRef, isRefName } from './git-ref.ts'

test.each([
  'main',
  '#SIG-38-compose',
  'feature/JIRA-1(wip)',
  'release,1',
  'deadbee',
  '1a2b3c4',
  '20261126',
  '@acme/web@1.2.3',
  'v1+linux',
  'änderung/日本語',
  'a./b',
  '100%',
  'refs/heads/main;id',
  'refs/heads/$(id)',
  'refs/heads/-x',
  'refs/heads/@',
  `refs/heads/${'a'.repeat(39)}`,
  'a'.repeat(40),
])('%s can be named', (ref) => {
  expect(gitRef.safeParse(ref).success).toBe(true)
})

test.each(['-x', '--', '@', 'main;id', '$(id)', '`id`', "a'b", 'a|b', 'a>b', 'a'.repeat(39), 'a'.repeat(41)])(
  '%s is no short name',
  (ref) => {
    expect(gitRef.safeParse(ref).success).toBe(false)
    expect(isRefName(`refs/heads/${ref}`)).toBe(true)
  },
)

test.each([
  ...['', '/', '/a', 'a/', 'a//b', '.a', 'a/.b', 'a.', 'a.lock', 'a.lock/b', 'a..b', 'a@{1}', 'a b', 'a\tb', 'a\nb'],
  ...['a~1', 'a^', 'a:b', 'a?', 'a*', 'a[b', 'a\\b', 'a\x7f', 'a\0', 'a\ud800', 'a'.repeat(1_000)],
])('%j is no ref of git', (name) => {
  expect(isRefName(`refs/heads/${name}`)).toBe(false)
  expect(gitRef.safeParse(name).success).toBe(false)
})
