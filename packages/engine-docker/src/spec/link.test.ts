import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { buildLinkSpec } from './link.ts'

const place = {
  app: 'shop',
  environment: 'production',
  settings: environmentSpec.parse({ engine: 'docker', links: ['mail'] }),
}
const where = {
  network: 'stevedore',
  ownNetwork: 'n1',
  image: 'haproxy:3.2-alpine',
  folder: '/volumes/proxy/_data/links',
}
const build = (environment = 'production') => buildLinkSpec(place, { app: 'mail', environment }, where)

test('what stands for an app is in the network of who links alone, with nothing but the sockets of the proxy', () => {
  const { name, Labels, User, HostConfig, NetworkingConfig } = build()
  expect(name).toBe('stevedore.shop.production_to_mail')
  expect(Labels).toEqual({
    'io.stevedore.network': 'stevedore',
    'io.stevedore.app': 'shop',
    'io.stevedore.environment': 'production',
    'io.stevedore.role': 'link',
    'io.stevedore.link': 'mail/production',
  })
  expect(User).toBe('99:99')
  expect(NetworkingConfig).toEqual({ EndpointsConfig: { n1: { Aliases: ['mail'] } } })
  expect(HostConfig).toMatchObject({
    NetworkMode: 'n1',
    Mounts: [{ Type: 'bind', Source: '/volumes/proxy/_data/links', Target: '/links', ReadOnly: true }],
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    RestartPolicy: { Name: 'always' },
  })
})

test('each pair of environments has a socket of its own, in that direction alone', () => {
  const socketOf = ({ Env }: ReturnType<typeof build>) =>
    /links\/([0-9a-f]{24}\.sock) send-proxy-v2/.exec(Env?.[0] ?? '')?.[1]
  const back = buildLinkSpec({ ...place, app: 'mail' }, { app: 'shop', environment: 'production' }, where)
  const sockets = [build(), build('test'), back].map(socketOf)
  expect(new Set(sockets).size).toBe(3)
  expect(sockets).not.toContain(undefined)
})
