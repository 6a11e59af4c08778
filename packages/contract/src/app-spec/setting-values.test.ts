import { expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { appSpec } from './app-spec.ts'

const withEnv = (env: object) => ({ app: 'shop', environments: { staging: { engine: 'docker', env } } })

test('values are taken as their text, and names as frameworks read them', () => {
  const env = { PORT: 8080, RATE: 1.1, DEBUG: false, 'spring.datasource.url': 'jdbc:x', 'my-app.key': '' }
  expect(appSpec.parse(withEnv(env)).environments.staging?.env).toEqual({
    ...{ PORT: '8080', RATE: '1.1', DEBUG: 'false', 'spring.datasource.url': 'jdbc:x', 'my-app.key': '' },
  })
  expect(appSpec.parse({ app: 'shop', build: { args: { JOBS: 4 } } }).build.args).toEqual({ JOBS: '4' })
})

test.each([2 ** 60, null, ['a'], {}])('the value %j needs to be written otherwise', (value) => {
  const parsed = appSpec.safeParse(withEnv({ A: value }))
  const faults = parsed.success ? [] : listFaults(parsed.error)
  expect(faults.map(({ path }) => path.join('.'))).toEqual(['environments.staging.env.A'])
})

const isArgument = (name: string) => appSpec.safeParse({ app: 'shop', build: { args: { [name]: 'x' } } }).success

test.each([
  'NEXT_PUBLIC_FIREBASE_API_KEY',
  'VITE_API_KEY',
  'REACT_APP_API_KEY',
  'VITE_MAPS_APIKEY',
  'PUBLIC_API_KEY_MAPS',
  'VUE_APP_API_KEY',
  'GATSBY_ALGOLIA_API_KEY',
])('the build argument %s is for every page, and taken', (name) => {
  expect(isArgument(name)).toBe(true)
})

test.each([
  'API_KEY',
  'FIREBASE_API_KEY',
  'INVITE_API_KEY',
  'NEXT_API_KEY',
  'VITE_SECRET_API_KEY',
  'VITE_API_KEY_SECRET',
  'NEXT_PUBLIC_TOKEN',
  'NEXT_PUBLIC_API_KEY_TOKEN',
  'REACT_APP_PASSWORD',
  'VITE_PRIVATE_KEY',
  'VITE_PRIVATE_API_KEY',
  'VITE_ACCESS_KEY',
])('the build argument %s is a secret by its name', (name) => {
  expect(isArgument(name)).toBe(false)
})
