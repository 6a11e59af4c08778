import { describe, expect, test } from 'vitest'
import { classifyAddress, isContactAllowed, isHostAllowed, parseGitUrl } from './git-url.ts'

test.each([
  ['8.8.8.8', 'public'],
  ['2606:4700::1', 'public'],
  ['10.1.2.3', 'private'],
  ['172.31.0.1', 'private'],
  ['192.168.1.1', 'private'],
  ['127.0.0.1', 'private'],
  ['0.0.0.0', 'private'],
  ['100.64.0.1', 'private'],
  ['::1', 'private'],
  ['fc00::1', 'private'],
  ['::ffff:127.0.0.1', 'private'],
  ['::ffff:7f00:1', 'private'],
  ['64:ff9b::7f00:1', 'private'],
  ['2002:7f00:1::', 'private'],
  ['64:ff9b::10.0.0.1', 'private'],
  ['64:ff9b::', 'private'],
  ['64:ff9b::1', 'private'],
  ['64:ff9b::a00:0', 'private'],
  ['64:ff9b::8c52:7904', 'public'],
  ['64:FF9B:0:0:0:0:140.82.121.4', 'public'],
  ['64:ff9b::808:0', 'public'],
  ['64:ff9b:1::808:808', 'private'],
  ['64:ff9b::169.254.169.254', 'never'],
  ['64:ff9b::100.100.100.200', 'never'],
  ['169.254.169.254', 'never'],
  ['fe80::1', 'never'],
  ['fd00:ec2::254', 'never'],
  ['fd20:ce::254', 'never'],
  ['100.100.100.200', 'never'],
  ['::ffff:169.254.169.254', 'never'],
])('%s is %s', (address, reach) => {
  expect(classifyAddress(address)).toBe(reach)
})

describe('hosts of addresses, however they are written', () => {
  test.each([
    '127.1',
    '2130706433',
    '0x7f000001',
    '017700000001',
    '[::1]',
    '[::ffff:7f00:1]',
    '169.254.169.254',
    '10.0.0.1',
  ])('https and ssh to %s', (host) => {
    for (const scheme of ['https', 'ssh']) {
      const url = parseGitUrl(`${scheme}://${host}/a.git`)
      expect(url && isHostAllowed(url.host, [])).toBe(false)
    }
  })

  test('an operator may vouch for a private host, never for a link-local one', () => {
    expect(isHostAllowed('10.0.0.1', ['10.0.0.1'])).toBe(true)
    expect(isHostAllowed('git.internal', ['git.internal'])).toBe(true)
    expect(isHostAllowed('169.254.169.254', ['169.254.169.254'])).toBe(false)
  })

  test.each(['localhost', 'a.localhost', 'metadata.google.internal', 'intranet'])(
    '%s is private by its name',
    (host) => {
      expect(isHostAllowed(host, [])).toBe(false)
    },
  )

  test('the forms that git takes', () => {
    expect(parseGitUrl('git@git.example.com:acme/shop.git')).toEqual({ scheme: 'ssh', host: 'git.example.com' })
    expect(parseGitUrl('https://git.example.com/acme/shop.git')).toEqual({ scheme: 'https', host: 'git.example.com' })
    expect(parseGitUrl('file:///srv/shop.git')).toEqual({ scheme: 'file', host: '' })
    expect(isHostAllowed('git.example.com', [])).toBe(true)
  })
})

test.each([
  'git@-x.host:acme/shop.git',
  'git@a.-x:acme/shop.git',
  'git@host-:acme/shop.git',
  'git@host..x:acme/shop.git',
  'git@localhost.:acme/shop.git',
  'ssh://git@-oProxyCommand=x/acme/shop.git',
  'ssh://git@-x.host/acme/shop.git',
  'https://-x.host/acme/shop.git',
  'https://git.example.com./acme/shop.git',
  'https://localhost./acme/shop.git',
])('%s names no host', (url) => {
  expect(parseGitUrl(url)).toBeUndefined()
})

test.each(['127.1', '2130706433', '0x7f000001', '017700000001', '127.0.0.1.'])(
  '%s is loopback however it is written',
  (host) => {
    expect(isHostAllowed(host, [])).toBe(false)
    for (const url of [
      `git@${host}:acme/shop.git`,
      `ssh://git@${host}/acme/shop.git`,
      `https://${host}/acme/shop.git`,
    ]) {
      const parsed = parseGitUrl(url)
      expect(parsed === undefined || !isHostAllowed(parsed.host, []), url).toBe(true)
    }
  },
)

test.each(['localhost.', 'a.localhost.', 'LOCALHOST', 'metadata.google.internal.'])(
  '%s is private by its name',
  (host) => {
    expect(isHostAllowed(host, [])).toBe(false)
  },
)

test('registries and metrics are where the operator vouches for them, and metadata is not', () => {
  const near = ['prometheus', 'localhost', '10.0.0.1', '127.0.0.1']
  for (const host of near) {
    expect(isContactAllowed(host, []), host).toBe(false)
    expect(isContactAllowed(host, [host]), host).toBe(true)
  }
  expect(isContactAllowed('metrics.example.com', [])).toBe(true)
  const never = ['169.254.169.254', '::ffff:169.254.169.254', 'metadata.google.internal', 'metadata', 'METADATA.']
  for (const host of never) expect(isContactAllowed(host, [host]), host).toBe(false)
})
