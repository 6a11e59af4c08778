import { expect, test } from 'vitest'
import { readSshAddress } from './ssh-address.ts'

test.each([
  ['git@h:acme/a.git', 'git@h', 'acme/a.git'],
  ['ssh://git@h/acme/a.git', 'git@h', '/acme/a.git'],
  ['ssh://h:2222/a%20b', 'h', '/a b'],
  ['ssh://git@[::1]:22/~me/a', 'git@::1', '~me/a'],
])('%s is %s and %s', (url, destination, path) => {
  expect(readSshAddress(url)).toEqual({ destination, path })
})
