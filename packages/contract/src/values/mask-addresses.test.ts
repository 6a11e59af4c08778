import { expect, test } from 'vitest'
import { maskAddresses } from './mask-addresses.ts'

test('masks every address of a text and leaves the rest', () => {
  expect(maskAddresses('https://a:b@x/ and ssh://git@y/ but not a@b or http://x/@y')).toBe(
    'https://***@x/ and ssh://***@y/ but not a@b or http://x/@y',
  )
})
