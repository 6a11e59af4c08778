import { expect, test } from 'vitest'
import { isHexSigned, isStandardSigned, readStandardKey, sign } from './signature.ts'

const secret = 'a-secret-of-the-hook'
const body = Buffer.from('{"ref":"refs/heads/main"}')
const hex = sign(secret, body).toString('hex')

test('takes the signature of the very bytes, in hexadecimal of either case', () => {
  expect(isHexSigned(`sha256=${hex}`, 'sha256=', body, secret)).toBe(true)
  expect(isHexSigned(`sha256=${hex.toUpperCase()}`, 'sha256=', body, secret)).toBe(true)
})

test.each([
  undefined,
  '',
  'sha256=',
  `sha256=${hex.slice(2)}`,
  `sha256=${'z'.repeat(64)}`,
  `sha1=${hex.slice(0, 40)}`,
  `sha256=${sign('another secret', body).toString('hex')}`,
  `sha256=${sign(secret, `${body} `).toString('hex')}`,
])('refuses %s', (signature) => {
  expect(isHexSigned(signature, 'sha256=', body, secret)).toBe(false)
})

const now = Date.UTC(2026, 0, 1)

function standard(changes: { at?: number; key?: string; signed?: string } = {}): boolean {
  const timestamp = String((changes.at ?? now) / 1_000)
  const signature = sign(changes.key ?? secret, changes.signed ?? `d1.${timestamp}.`, body).toString('base64')
  const headers = {
    'webhook-id': 'd1',
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,other v1,${signature}`,
  }
  return isStandardSigned({ headers, body, receivedAt: now }, secret)
}

test('the Standard Webhooks scheme binds id and time, and refuses what is more than five minutes off', () => {
  expect(standard()).toBe(true)
  expect(standard({ at: now - 299_000 })).toBe(true)
  expect(standard({ at: now - 301_000 })).toBe(false)
  expect(standard({ at: now + 301_000 })).toBe(false)
  expect(standard({ key: 'another' })).toBe(false)
  expect(standard({ signed: `d2.${now / 1_000}.` })).toBe(false)
})

test('a key with the scheme’s prefix is base64', () => {
  const key = Buffer.from('sixteen bytes ok')
  const timestamp = String(now / 1_000)
  const signature = sign(key, `d1.${timestamp}.`, body).toString('base64')
  const headers = { 'webhook-id': 'd1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
  expect(isStandardSigned({ headers, body, receivedAt: now }, `whsec_${key.toString('base64')}`)).toBe(true)
})

test.each([
  'whsec_',
  'whsec_=',
  'whsec_!!!!!!!!!!!!!!!!!!!!!!!!',
  'whsec_####c2l4dGVlbiBieXRlcyBvaw==',
  'whsec_ c2l4dGVlbiBieXRlcyBvaw==',
  'whsec_c2l4dGVlbiBieXRlcyBvaw====',
  'whsec_dG9vIHNob3J0',
])('%j is no key, and nothing is signed by what is left of it', (unusable) => {
  expect(readStandardKey(unusable)).toBeUndefined()
  const timestamp = String(now / 1_000)
  const key = Buffer.from(unusable.slice(6), 'base64')
  const signature = sign(key, `d1.${timestamp}.`, body).toString('base64')
  const headers = { 'webhook-id': 'd1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
  expect(isStandardSigned({ headers, body, receivedAt: now }, unusable)).toBe(false)
})
