import { expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { appSpec } from './app-spec.ts'

const parse = (env: object, args: object = {}) =>
  appSpec.safeParse({
    ...{ app: 'shop', build: { args }, image: { registry: 'ghcr.io', name: 'acme/shop' } },
    environments: { staging: { engine: 'docker', env } },
  })

test('values are taken as their text, and names as frameworks read them', () => {
  const env = { PORT: 8080, RATE: 1.1, DEBUG: false, 'spring.datasource.url': 'jdbc:x', 'my-app.key': '' }
  const { data } = parse(env, { JOBS: 4 })
  expect(data?.environments.staging?.env).toEqual({
    ...{ PORT: '8080', RATE: '1.1', DEBUG: 'false', 'spring.datasource.url': 'jdbc:x', 'my-app.key': '' },
  })
  expect(data?.build.args).toEqual({ JOBS: '4' })
})

test.each([2 ** 60, null, ['a'], {}])('the value %j needs to be written otherwise', (value) => {
  const { error } = parse({ A: value })
  expect(error && listFaults(error).map(({ path }) => path.join('.'))).toEqual(['environments.staging.env.A'])
})
