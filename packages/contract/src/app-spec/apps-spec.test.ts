import { expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { appSpec, appsSpec } from './app-spec.ts'

const faultsOf = (value: unknown) => {
  const parsed = appsSpec.safeParse(value)
  return parsed.success ? [] : listFaults(parsed.error).map(({ path, message }) => [path.join('.'), message])
}
const shop = { environments: { staging: { engine: 'docker', port: 8081 } }, triggers: [{ on: 'push', do: ['build'] }] }

test('each is what it would be alone, under its key', () => {
  expect(appsSpec.parse({ apps: { api: shop, web: { app: 'web', ...shop } } })).toEqual({
    apps: [appSpec.parse({ app: 'api', ...shop }), appSpec.parse({ app: 'web', ...shop })],
  })
})

test('faults of all of them are told at once, each with its path', () => {
  const production = { engine: 'docker', port: 8082, replicas: 0 }
  expect(
    faultsOf({
      apps: {
        api: { triggers: [{ on: 'push', do: ['deploy nowhere'] }] },
        web: { environments: { production }, retains: {} },
        Bad: {},
        docs: { app: 'web' },
        none: null,
      },
    }).map(([path]) => path),
  ).toEqual(
    expect.arrayContaining([
      'apps.api.triggers.0.do.0',
      'apps.web.environments.production.replicas',
      'apps.web.retains',
      'apps.Bad',
      'apps.none',
      'apps.docs.app',
    ]),
  )
})

test.each([
  [{ apps: { web: { app: 'api' } } }, 'apps.web.app', /must be web/],
  [
    { apps: { web: { environments: { a: { ...shop.environments.staging, links: ['web'] } } } } },
    'apps.web.environments.a.links',
    /itself/,
  ],
  [{ apps: {} }, 'apps', /names no app/],
  [{ apps: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n}`, {}])) }, 'apps', /more than 50/],
  [{ apps: { web: {} }, app: 'web' }, 'app', /not a known key/],
  [{ apps: [] }, 'apps', /not a list/],
  [{}, 'apps', /is missing/],
])('%j is refused', (value, path, message) => {
  expect(faultsOf(value)).toEqual([[path, expect.stringMatching(message)]])
})
