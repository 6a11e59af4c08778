import type { AppSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { findSecretLike, holdsSecret } from './stored-secrets.ts'

const judge = (name: string, value = 'x') =>
  findSecretLike({ build: { args: { [name]: value } } } as unknown as AppSpec)

test.each(['SIGNING_KEY', 'GH_PAT', 'AUTH', 'DB_PWD', 'key', 'REPUBLIC_KEY_PASS', 'INVITE_KEY'])(
  '%s is a secret by its name',
  (name) => {
    expect(judge(name)).toMatchObject([{ code: 'use-build-secret' }])
  },
)

test.each([
  'NEXT_PUBLIC_STRIPE_KEY',
  'PUBLIC_MAPS_KEY',
  'VITE_POSTHOG_KEY',
  'VITE_API_KEY',
  'NEXT_PUBLIC_FIREBASE_API_KEY',
  'VUE_APP_API_KEY',
  'REACT_APP_MAPS_KEY',
  'NUXT_PUBLIC_AUTH',
  'GATSBY_ALGOLIA_KEY',
  'EXPO_PUBLIC_KEY',
  'CACHE_KEY',
  'NPM_CACHE_KEY',
  'SONAR_PROJECT_KEY',
  'SSH_PUBLIC_KEY',
  'STRIPE_PUBLISHABLE_KEY',
])('%s is none', (name) => {
  expect(judge(name)).toEqual([])
})

test('a password in an address is one, whatever its name', () => {
  expect(judge('VITE_INDEX', 'https://me:hunter2@host/x')).toMatchObject([{ code: 'use-build-secret' }])
})

test.each([
  ['postgres', 'postgres', true],
  ['postgres', 'postgres://db/shop', false],
  ['production', 'NODE_ENV=production', false],
  ['example.com', 'https://example.com/', false],
  ['fifteen letters', 'x fifteen letters', false],
  ['sixteen  letters', 'x sixteen  letters', true],
  ['a secret\n', 'a secret', true],
  ['sixteen  letters\n', 'xsixteen  letters', true],
  ['seven l', 'seven l', false],
])('the secret %j in the argument %j: %s', (secret, argument, expected) => {
  expect(holdsSecret(argument, secret)).toBe(expected)
})
