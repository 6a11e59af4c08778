import { expect, test } from 'vitest'
import { authorize, parseChallenge } from './authorize.ts'
import type { Send } from './place.ts'
import { parseReference } from './reference.ts'
import { parseRetryAfter } from './refusal.ts'

const digest = `sha256:${'a'.repeat(64)}`

test('takes references apart', () => {
  const shop = { registry: 'localhost:5000', name: 'acme/shop', repository: 'localhost:5000/acme/shop' }
  expect(parseReference('localhost:5000/acme/shop:1')).toEqual({ ...shop, tag: '1', digest: undefined })
  expect(parseReference(`localhost:5000/acme/shop@${digest}`)).toEqual({ ...shop, tag: undefined, digest })
})

test.each(['shop', 'localhost:5000/shop', '/shop:1'])('refuses the reference %j', (text) => {
  expect(() => parseReference(text)).toThrow(RangeError)
})

test.each([
  ['7', 7_000],
  ['0', 0],
  ['86400', 3_600_000],
  ['Thu, 01 Jan 1970 00:00:12 GMT', 2_000],
  ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('reads Retry-After %j as %j ms', (value, ms) => {
  expect(parseRetryAfter(value, 10_000)).toBe(ms)
})

const credential = { username: 'bob', password: 'pw' }
const basic = `Basic ${Buffer.from('bob:pw').toString('base64')}`

interface Asked {
  registry?: string
  insecure?: boolean
  allowedHosts?: string[]
  credential?: typeof credential | undefined
  answer?: { status?: number; body?: string }
}

function ask(header: string, more: Asked = {}) {
  const { registry = 'registry.example.com', insecure = false, allowedHosts = [], answer } = more
  const asked: { url: string; authorization: string | undefined }[] = []
  const send: Send = async (url, { authorization }) => {
    asked.push({ url: url.href, authorization })
    return { url, status: answer?.status ?? 200, headers: {}, body: Buffer.from(answer?.body ?? '{"token":"t"}') }
  }
  const place = { registry, insecure, allowedHosts, origin: `${insecure ? 'http' : 'https'}://${registry}` }
  const question = { place, challenge: parseChallenge(header)!, scope: 'repository:a/b:pull', send }
  return { asked, authorization: authorize({ ...question, ...{ credential, ...more } }) }
}

test('answers a basic challenge with the credential', async () => {
  const { asked, authorization } = ask('Basic realm="fixture"')
  expect(await authorization).toBe(basic)
  expect(asked).toEqual([])
})

test('fetches a token where the registry sends for one', async () => {
  const { asked, authorization } = ask('Bearer realm="https://auth.example.com/token",service="r"')
  expect(await authorization).toBe('Bearer t')
  expect(asked).toEqual([
    { url: 'https://auth.example.com/token?service=r&scope=repository%3Aa%2Fb%3Apull', authorization: basic },
  ])
})

test('a token server that says no is the registry saying no', async () => {
  const { authorization } = ask('Bearer realm="https://auth.example.com/token"', { answer: { status: 401 } })
  await expect(authorization).rejects.toMatchObject({ code: 'registry-denied' })
})

test.each([
  ['registry-1.docker.io', 'https://auth.docker.io/token'],
  ['registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
  ['ghcr.io', 'https://ghcr.io/token'],
  ['localhost:5000', 'http://localhost:5001/token'],
  ['10.0.0.1:5000', 'https://10.0.0.1:5001/token'],
])('of %s gets the credential: %s', async (registry, realm) => {
  const { authorization } = ask(`Bearer realm="${realm}"`, { registry, insecure: registry.startsWith('localhost') })
  expect(await authorization).toBe('Bearer t')
})

test.each([
  ...['http://auth.example.com/token', 'http://registry.example.com/token', 'https://169.254.169.254/latest'],
  ...['https://10.0.0.1/token', 'https://localhost/token', 'file:///etc/passwd', ''],
  ...['https://elsewhere.example.org/token', 'https://example.com.evil.org/token', 'https://notexample.com/token'],
  ...['https://user:pw@registry.example.com/token'],
])('takes no credential to %j', async (realm) => {
  const { asked, authorization } = ask(`Bearer realm="${realm}"`)
  await expect(authorization).rejects.toMatchObject({ code: 'registry-denied' })
  expect(asked).toEqual([])
})

test.each(['https://10.0.0.2/token', 'https://0.0.1/token'])('an address has no siblings: %s', async (realm) => {
  const { authorization } = ask(`Bearer realm="${realm}"`, { registry: '10.0.0.1:5000' })
  await expect(authorization).rejects.toMatchObject({ code: 'registry-denied' })
})

test('another host gives tokens to those without a credential, and to all where the operator allows it', async () => {
  const header = 'Bearer realm="https://elsewhere.example.org/token"'
  const { asked, authorization } = ask(header, { credential: undefined })
  expect(await authorization).toBe('Bearer t')
  expect(asked).toMatchObject([{ authorization: undefined }])
  expect(await ask(header, { allowedHosts: ['elsewhere.example.org'] }).authorization).toBe('Bearer t')
})

test.each(['{"token":"a\\r\\nX: y"}', '{"token":7}', '{}'])('%s holds no token', async (body) => {
  expect(await ask('Bearer realm="https://auth.example.com/token"', { answer: { body } }).authorization).toBeUndefined()
})
