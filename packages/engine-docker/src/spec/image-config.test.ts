import { expect, test } from 'vitest'
import { findId, readAccount, readHealthcheck, readPorts } from './image-config.ts'

test.each([
  [undefined, { user: 0 }],
  ['', { user: 0 }],
  ['root', { user: 0 }],
  ['00:0', { user: 0, group: 0 }],
  ['1001', { user: 1001 }],
  ['1001:0', { user: 1001, group: 0 }],
  ['node', { user: 'node' }],
  ['app:staff', { user: 'app', group: 'staff' }],
  ['99999999999', { user: '99999999999' }],
  ['+0', { user: '+0' }],
])('USER %s', (text, account) => {
  expect(readAccount(text)).toEqual({ group: undefined, ...account })
})

test('a name has the number of its first line, and one that is none there is root', () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nnode:x:7:7::/:\ntoor:x:zero:0::/:\n'
  expect(findId(passwd, 'node')).toBe(1000)
  expect(findId(passwd, 'toor')).toBe(0)
  expect(findId(passwd, 'nod')).toBeUndefined()
})

test('a HEALTHCHECK is a command, in its own shell where it is a line', () => {
  const test = (Test: string[] | null, more: object = {}) => readHealthcheck({ Healthcheck: { Test, ...more } })
  expect(test(['CMD', 'curl', '-f', 'localhost'], { Timeout: 3e9 })).toEqual({
    command: ['curl', '-f', 'localhost'],
    timeoutMs: 3_000,
  })
  expect(test(['CMD-SHELL', 'curl -f localhost || exit 1'])?.command).toEqual([
    ...['/bin/sh', '-c', 'curl -f localhost || exit 1'],
  ])
  expect(readHealthcheck({ Healthcheck: { Test: ['CMD-SHELL', 'x'] }, Shell: ['/bin/bash', '-c'] })?.command).toEqual([
    ...['/bin/bash', '-c', 'x'],
  ])
  for (const none of [['NONE'], [], null, ['CMD']]) expect(test(none)).toBeUndefined()
  expect(readHealthcheck({})).toBeUndefined()
})

test('EXPOSE tells of TCP ports', () => {
  expect(readPorts({ ExposedPorts: { '8080/tcp': {}, '53/udp': {}, '9000': {}, 'x/tcp': {} } })).toEqual([9000, 8080])
  for (const none of [null, undefined, {}]) expect(readPorts({ ExposedPorts: none })).toEqual([])
})
