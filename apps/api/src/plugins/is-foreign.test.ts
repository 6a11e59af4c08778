import { expect, test } from 'vitest'
import { isForeign } from './is-foreign.ts'

const url = 'https://ship.example.com'
const post = { method: 'POST', host: 'ship.example.com' }

test.each([
  ['a program, which names no origin', { ...post }],
  ['the own page', { ...post, origin: url }],
  [
    'the own page under another name, behind a proxy that ends TLS',
    { ...post, origin: 'https://alias.example', site: 'same-origin' },
  ],
  ['the own page where it hides its origin', { ...post, origin: 'null', site: 'same-origin' }],
  ['the own page by the number of its address', { ...post, host: '10.0.0.7:7070', origin: 'http://10.0.0.7:7070' }],
  ['the own page on this machine', { ...post, host: '[::1]:7070', origin: 'http://[::1]:7070' }],
  ['a link from elsewhere', { ...post, method: 'GET', site: 'cross-site' }],
])('%s is let in', (_, request) => {
  expect(isForeign(request, url)).toBe(false)
})

test.each([
  ['another site', { ...post, origin: 'https://evil.example', site: 'cross-site' }],
  ['another site in a browser that says no more', { ...post, origin: 'https://evil.example' }],
  ['a page without an origin, as in a sandbox', { ...post, origin: 'null', site: 'cross-site' }],
  ['the same in a browser that says no more', { ...post, origin: 'null' }],
  ['a neighbour of the same domain', { ...post, origin: 'https://blog.example.com', site: 'same-site' }],
  ['another site whose browser leaves the origin out', { ...post, site: 'cross-site' }],
  ['a name that was pointed here', { ...post, host: 'evil.example:7070', origin: 'http://evil.example:7070' }],
  ['the own name without TLS', { ...post, origin: 'http://ship.example.com' }],
])('%s is foreign', (_, request) => {
  expect(isForeign(request, url)).toBe(true)
})
