import { expect, test } from 'vitest'
import { locateRemote } from './remote.ts'

const rules = { allowedHosts: [], allowFile: false }
const answer =
  (...addresses: string[]) =>
  async () =>
    addresses

test('resolves a host once and keeps what it found', async () => {
  const remote = await locateRemote(
    'https://git.example.com:8443/a.git',
    rules,
    answer('93.184.216.34', '2606:2800:220::1'),
  )
  expect(remote).toEqual({
    url: 'https://git.example.com:8443/a.git',
    scheme: 'https',
    host: 'git.example.com',
    port: 8443,
    addresses: ['93.184.216.34', '2606:2800:220::1'],
  })
})

test.each([
  ['https://git.example.com/a', 443],
  ['ssh://git@git.example.com/a', 22],
  ['ssh://git@git.example.com:2222/a', 2222],
  ['git@git.example.com:acme/a.git', 22],
])('knows the port of %s', async (url, port) => {
  expect(await locateRemote(url, rules, answer('93.184.216.34'))).toMatchObject({ host: 'git.example.com', port })
})

test.each([
  'https://127.0.0.1/a',
  'https://127.1/a',
  'https://2130706433/a',
  'https://0x7f000001/a',
  'https://017700000001/a',
  'ssh://git@0x7f000001/a',
  'https://[::1]/a',
  'https://[::ffff:7f00:1]/a',
  'https://0.0.0.0/a',
  'https://10.0.0.1/a',
  'https://100.64.0.1/a',
  'https://169.254.169.254/a',
  'https://[fe80::1]/a',
  'https://localhost/a',
  'https://metadata.google.internal/a',
  'http://git.example.com/a',
  'file:///etc',
  'ext::sh -c id',
  'git://git.example.com/a',
  '/etc',
  '--upload-pack=id',
])('refuses %s before it asks anyone', async (url) => {
  const resolve = () => Promise.reject(new Error('was asked'))
  await expect(locateRemote(url, rules, resolve)).rejects.toMatchObject({ code: 'address-not-allowed' })
})

test.each([['127.0.0.1'], ['169.254.169.254'], ['93.184.216.34', '10.0.0.1'], ['::ffff:127.0.0.1']])(
  'refuses a name that leads to %s',
  async (...addresses) => {
    await expect(locateRemote('https://git.example.com/a', rules, answer(...addresses))).rejects.toMatchObject({
      code: 'address-not-allowed',
    })
  },
)

test('an operator can vouch for a private host, by name or address, and never for a link-local one', async () => {
  const vouch = (...allowedHosts: string[]) => ({ ...rules, allowedHosts })
  const url = 'https://git.example.com/a'
  await expect(locateRemote(url, vouch('git.example.com'), answer('10.0.0.1'))).resolves.toMatchObject({
    addresses: ['10.0.0.1'],
  })
  await expect(locateRemote(url, vouch('10.0.0.1'), answer('10.0.0.1'))).resolves.toMatchObject({
    addresses: ['10.0.0.1'],
  })
  await expect(
    locateRemote('http://git.example.com/a', vouch('git.example.com'), answer('10.0.0.1')),
  ).resolves.toMatchObject({ scheme: 'http' })
  await expect(locateRemote(url, vouch('git.example.com'), answer('169.254.169.254'))).rejects.toMatchObject({
    code: 'address-not-allowed',
  })
})
