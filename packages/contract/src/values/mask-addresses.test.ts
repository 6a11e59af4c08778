import { expect, test } from 'vitest'
import { maskAddresses } from './mask-addresses.ts'

test('masks every address of a text and leaves the rest', () => {
  expect(maskAddresses('https://a:b@x/ and ssh://git@y/ but not a@b or http://x/@y')).toBe(
    'https://***@x/ and ssh://***@y/ but not a@b or http://x/@y',
  )
})

test('masks a password that holds what ends one', () => {
  expect(maskAddresses('cannot reach https://me:p@ss:w@rd@host/x')).toBe('cannot reach https://***@host/x')
})

test('takes time by the length of the text alone', () => {
  const text = 'a'.repeat(50_000)
  const since = performance.now()
  expect(maskAddresses(`${text} https://a:b@x/ ${text}`)).toBe(`${text} https://***@x/ ${text}`)
  // A search that grew with the square of the length would take minutes.
  expect(performance.now() - since).toBeLessThan(10_000)
})
