import { expect, test } from 'vitest'
import { compareSettings } from './compare-settings.ts'

const spec = {
  app: 'shop',
  environments: { staging: { replicas: 2, env: { MODE: 'calm' }, secrets: ['KEY'] } },
  triggers: [{ on: 'push', branch: 'main' }],
}

test('the same differs in nothing, in whatever order it is written', () => {
  const { app, ...rest } = structuredClone(spec)
  expect(compareSettings(spec, { ...rest, app })).toEqual([])
})

test('what comes, goes and changes has its path; a list is one value', () => {
  const { staging } = spec.environments
  const other = {
    ...spec,
    environments: { staging: { ...staging, replicas: 3, env: { LEVEL: 'debug' } }, production: { engine: 'docker' } },
    triggers: [],
  }
  expect(compareSettings(spec, other)).toEqual([
    { path: 'environments.staging.replicas', from: 2, to: 3 },
    { path: 'environments.staging.env.MODE', from: 'calm', to: null },
    { path: 'triggers', from: [{ on: 'push', branch: 'main' }], to: [] },
    { path: 'environments.staging.env.LEVEL', from: null, to: 'debug' },
    { path: 'environments.production.engine', from: null, to: 'docker' },
  ])
})
