import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { dockerSettings } from './container.ts'
import { buildEntrances, listFurtherPorts } from './entrances.ts'

const parse = (settings: object) =>
  dockerSettings({ settings: environmentSpec.parse({ engine: 'docker', ...settings }) })

test('a single name or port is what it was, so that a route that is kept does not differ', () => {
  expect(buildEntrances(parse({ host: 'a.test' }))).toEqual({ host: 'a.test' })
  expect(buildEntrances(parse({ port: 8081, protocol: 'http' }))).toEqual({ port: 8081 })
  expect(buildEntrances(parse({}))).toEqual({})
})

test('several names and ports, and where each port is behind', () => {
  const settings = parse({
    host: ['a.test', '*.a.test', { name: 'www.a.test', redirect: 'a.test' }],
    ports: [
      { containerPort: 9000, protocol: 'grpc', host: 'api.test' },
      { containerPort: 5432, protocol: 'tcp', port: 15_432 },
    ],
  })
  expect(buildEntrances(settings)).toEqual({
    host: 'a.test',
    names: ['*.a.test'],
    redirects: { 'www.a.test': 'a.test' },
    further: [
      { host: 'api.test', protocol: 'grpc' },
      { port: 15_432, protocol: 'tcp' },
    ],
  })
  expect(listFurtherPorts({ app: 'shop', environment: 'live' }, settings)).toEqual({
    'host.api.test': { port: 9000, http2: true },
    'port.15432': { port: 5432 },
  })
})
