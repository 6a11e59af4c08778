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
