import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const sound = { STEVEDORE_ENV: 'production', STEVEDORE_MASTER_KEY: randomBytes(32).toString('base64') }

test.each([
  ['DATABASE_URL', 'postgres://stevedore:stevedore@db/stevedore'],
  ['SERVICE_DATABASE_URL', 'postgres://api:Password@db/stevedore'],
  ['REDIS_URL', 'redis://:redis@queue'],
  ['STEVEDORE_URL', 'http://stevedore.example.com'],
  ['STEVEDORE_URL', 'http://203.0.113.7:7070'],
  ['STEVEDORE_URL', 'http://[2001:db8:1::7]'],
  ['STEVEDORE_URL', 'http://0xcb007107'],
  ['HOST', '203.0.113.7'],
])('row 26: production refuses %s=%s, and no other stage does', (name, value) => {
  expect(Object.keys(faultsOf({ ...sound, [name]: value }))).toEqual([name])
  expect(faultsOf({ ...sound, STEVEDORE_ENV: 'staging', [name]: value })).toEqual({})
})

test('production takes what only its own network or a TLS proxy reaches', () => {
  for (const url of [
    'https://stevedore.example.com',
    'http://127.0.0.1:7070',
    'http://[::1]',
    'http://10.0.0.7',
    'http://api:7070',
    'http://stevedore.tools.svc',
  ])
    expect(faultsOf({ ...sound, STEVEDORE_URL: url }), url).toEqual({})
  const proxied = { HOST: '203.0.113.7', TRUST_PROXY: '203.0.113.8' }
  const signed = { DATABASE_URL: 'postgres://api@db/stevedore', REDIS_URL: 'rediss://queue' }
  expect(faultsOf({ ...sound, ...proxied, ...signed, HOST: '0.0.0.0' })).toEqual({})
  expect(faultsOf({ ...sound, ...proxied })).toEqual({})
})

test('row 26: production needs a master key, other stages do not', () => {
  expect(faultsOf({ STEVEDORE_ENV: 'production' })).toEqual({
    STEVEDORE_MASTER_KEY: expect.stringContaining('production'),
  })
  expect(faultsOf({ STEVEDORE_ENV: 'staging' })).toEqual({})
})

function faultsOf(env: Record<string, string>): Record<string, string> {
  try {
    readConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return Object.fromEntries(error.faults.map(({ variable, message }) => [variable, message]))
  }
  return {}
}
