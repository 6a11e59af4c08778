import { expect, test } from 'vitest'
import { locateServer } from './fetch-lfs.ts'
import { isSameServer, resolveAddress } from './submodules.ts'

test.each([
  ['https://h/acme/a.git', '../b.git', 'https://h/acme/b.git'],
  ['https://h/acme/a.git/', '../../other/b', 'https://h/other/b'],
  ['https://h/acme/a', './b', 'https://h/acme/a/b'],
  ['git@h:acme/a.git', '../b.git', 'git@h:acme/b.git'],
  ['git@h:a.git', '../b.git', 'git@h:b.git'],
  ['https://h/a', 'ssh://git@x/b', 'ssh://git@x/b'],
])('from %s, %s is %s', (parent, url, resolved) => {
  expect(resolveAddress(parent, url)).toBe(resolved)
})

test.each([
  ['https://h/a', 'https://H/b', true],
  ['https://h:443/a', 'https://h/b', true],
  ['https://h/a', 'https://h.evil/b', false],
  ['https://h/a', 'https://h:8443/b', false],
  ['https://h/a', 'http://h/b', false],
  ['https://h/a', 'https://h@evil/b', false],
  ['git@h:a', 'ssh://git@h/b', true],
  ['file:///a', 'nonsense', false],
])('%s and %s are of the same server: %s', (one, other, same) => {
  expect(isSameServer(one, other)).toBe(same)
})

test.each([
  ['https://h/a.git', undefined, 'https://h/a.git/info/lfs'],
  ['https://h/a/', undefined, 'https://h/a.git/info/lfs'],
  ['git@h:acme/a.git', undefined, 'https://h/acme/a.git/info/lfs'],
  ['ssh://git@h:22/acme/a', undefined, 'https://h/acme/a.git/info/lfs'],
  ['https://h/a', 'https://lfs.h/a/', 'https://lfs.h/a'],
])('the LFS server of %s with %s is %s', (url, configuredUrl, server) => {
  expect(locateServer({ url, configuredUrl })).toBe(server)
})
