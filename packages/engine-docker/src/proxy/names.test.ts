import { expect, test } from 'vitest'
import { renderNames } from './names.ts'
import { listClaims, type Route } from './route.ts'

const shop: Route = { app: 'shop', environment: 'live', host: 'a.test', sticky: false, traffic: {}, servers: [] }

test('each name leads to its backend, or sends visitors on; so do those of further ports', () => {
  const wide: Route = {
    ...shop,
    names: ['*.a.test'],
    redirects: { 'www.a.test': 'a.test' },
    further: [{ host: '*.b.test' }, { port: 9000, protocol: 'tcp' }],
  }
  expect(renderNames([wide])).toBe(`\
*.a.test host.a.test
*.b.test host._.b.test
a.test host.a.test
www.a.test >a.test
`)
  expect(listClaims(wide)).toEqual(['host a.test', 'host *.a.test', 'host www.a.test', 'host *.b.test', 'port 9000'])
})

test('a route as an earlier version kept it has its one name', () => {
  expect(renderNames([shop])).toBe('a.test host.a.test\n')
})
