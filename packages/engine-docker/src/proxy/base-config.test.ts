import { expect, test } from 'vitest'
import { goesWithoutCertificates, hasSections, readAdminAccess, renderBase } from './base-config.ts'
import { defaultProxySettings } from './settings.ts'

const settings = { ...defaultProxySettings, adminKey: 'fd00:1:2:3:4:5:6:7', ipv6: true, names: '' }

test('serves plain HTTP, and TLS only with a certificate', () => {
  const lines = (certificates?: string) => renderBase({ ...settings, certificates }).match(/^ {2}bind .*$/gm)
  expect(lines()).toEqual(['  bind :80', '  bind :::80 v6only', '  bind 127.0.0.1:7071 accept-proxy'])
  expect(lines('a1b2')).toEqual([
    '  bind :80',
    '  bind :::80 v6only',
    '  bind :443 ssl crt /var/lib/stevedore/certs/ alpn h2,http/1.1',
    '  bind :::443 v6only ssl crt /var/lib/stevedore/certs/ alpn h2,http/1.1',
    '  bind 127.0.0.1:7071 accept-proxy',
  ])
})

test('the way in is read back from what was written', () => {
  expect(readAdminAccess(renderBase(settings))).toEqual({ port: 7071, key: 'fd00:1:2:3:4:5:6:7' })
  expect(readAdminAccess('')).toBeUndefined()
})

test('a base of an earlier version lacks what places of this one begin from', () => {
  expect(hasSections(renderBase(settings))).toBe(true)
  expect(hasSections('defaults\n  mode http\n')).toBe(false)
})

test('a broken certificate keeps no base of an earlier version as it is, unless it serves TLS', () => {
  const earlier = 'defaults\n  mode http\n\nfrontend http\n  bind :80\n'
  expect(goesWithoutCertificates(earlier)).toBe(true)
  expect(goesWithoutCertificates(`${earlier}  bind :443 ssl crt /certs/ alpn h2,http/1.1\n`)).toBe(false)
  expect(goesWithoutCertificates(renderBase(settings))).toBe(false)
})
