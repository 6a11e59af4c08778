import { expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { readStored, shapeOf } from '../stored.ts'
import { environmentSpec } from './environment.ts'
import { collectNamesAndPorts, listEntrances } from './list-entrances.ts'

const docker = (settings: object) => environmentSpec.safeParse({ engine: 'docker', ...settings })
const kubernetes = (settings: object) =>
  environmentSpec.safeParse({ engine: 'kubernetes', namespace: 'shops', ...settings })

const noRedirects = 'an Ingress redirects nothing that every cluster knows: make one of your own for this name'

test('a name alone, as ever, and several with where the others send their visitors', () => {
  expect(listEntrances(docker({ host: 'a.test' }).data!)).toEqual([
    { containerPort: 8080, protocol: 'http', hosts: ['a.test'], redirects: {} },
  ])
  const settings = docker({
    host: ['a.test', '*.a.test', { name: 'www.b.test', redirect: 'a.test' }, { name: 'b.test', redirect: 'b.a.test' }],
    ports: [{ containerPort: 9000, protocol: 'tcp', port: 9001 }],
  }).data!
  expect(listEntrances(settings)).toEqual([
    {
      containerPort: 8080,
      protocol: 'http',
      hosts: ['a.test', '*.a.test'],
      redirects: { 'www.b.test': 'a.test', 'b.test': 'b.a.test' },
    },
    { containerPort: 9000, protocol: 'tcp', hosts: [], redirects: {}, port: 9001 },
  ])
  expect(collectNamesAndPorts(settings)).toEqual({
    names: ['a.test', '*.a.test', 'www.b.test', 'b.test'],
    ports: [9001],
  })
})

test('what is kept reads back as it was', () => {
  const settings = docker({ host: ['a.test', { name: 'b.test', redirect: 'a.test' }] }).data!
  expect(readStored('settings', shapeOf(environmentSpec), settings)).toEqual(settings)
})

test('on a cluster names are those of the Ingress, and ports those of the Service', () => {
  const settings = kubernetes({
    ingress: { host: ['a.test', '*.a.test'] },
    ports: [{ containerPort: 9000, protocol: 'grpc' }],
  }).data!
  expect(collectNamesAndPorts(settings)).toEqual({ names: ['a.test', '*.a.test'], ports: [] })
})

test.each([
  [{ host: 'A.test' }, 'host: must be a host name in lower case, or *. and one'],
  [{ host: 'a.test.' }, 'host: must be a host name in lower case, or *. and one'],
  [{ host: ['a.test', 'a*.test'] }, 'host.1: must be a host name in lower case, or *. and one'],
  [{ host: ['a.test', 'a.test'] }, 'host: a.test is given twice'],
  [
    { host: ['a.test', { name: 'b.test', redirect: 'c.test' }] },
    'host.1.redirect: c.test is not a name of this list that is served',
  ],
  [
    { host: [{ name: 'b.test', redirect: 'b.test' }] },
    'host.0.redirect: b.test is not a name of this list that is served',
  ],
  [{ protocol: 'tcp', host: 'a.test' }, 'host: tcp says no name to go by: give port'],
  [{ protocol: 'udp', port: 8081 }, 'protocol: must be http, h2c, grpc or tcp'],
  [
    { protocol: 'grpc', port: 8081, health: { path: '/' } },
    'health.path: a path is asked over HTTP/1.1, which this protocol is not: give command, or neither',
  ],
  [{ ports: [{ containerPort: 9000 }] }, 'ports.0.port: give host or port'],
  [{ ports: [{ containerPort: 9000, port: 80 }] }, 'ports.0.port: ports below 1024 are not given out'],
  [{ port: 8081, ports: [{ containerPort: 9000, port: 8081 }] }, 'ports: port 8081 is given twice'],
])('%j is refused: %s', (settings, fault) => {
  const { error } = docker(settings)
  expect(error && listFaults(error).map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([fault])
})

test.each([
  [{ ingress: { host: 'a.test' }, protocol: 'tcp' }, 'ingress: tcp says no name to go by: give port'],
  [{ ports: [{ containerPort: 9000, port: 80 }] }, 'ports: port 80 of the Service is given twice'],
  [{ ingress: { host: ['a.test', { name: 'b.test', redirect: 'a.test' }] } }, `ingress.host.1: ${noRedirects}`],
  [{ ingress: { host: { name: 'b.test', redirect: 'a.test' } } }, `ingress.host: ${noRedirects}`],
  [{ ingress: { host: [{ name: 'b.test' }] } }, 'ingress.host.0: must be text, not a map of keys'],
])('on a cluster %j is refused: %s', (settings, fault) => {
  const { error } = kubernetes(settings)
  expect(error && listFaults(error).map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([fault])
})
