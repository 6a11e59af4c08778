import { expect, test } from 'vitest'
import { openDocker } from './docker.ts'
import { sshArguments } from './ssh.ts'

const modem = (host?: string): object => openDocker({ host }).modem

test('reads the addresses that DOCKER_HOST may hold', () => {
  expect(modem()).toMatchObject({ socketPath: '/var/run/docker.sock', host: undefined })
  expect(modem('unix:///run/user/1/docker.sock')).toMatchObject({ socketPath: '/run/user/1/docker.sock' })
  expect(modem('tcp://10.0.0.1:2375')).toMatchObject({ protocol: 'http', host: '10.0.0.1', port: 2375 })
})

test.each(['', 'http//x', 'file:///x', 'unix://', 'ssh://'])('refuses %j', (host) => {
  expect(() => openDocker({ host })).toThrow(RangeError)
})

test('ssh gets an argument array that a host name cannot turn into options', () => {
  expect(sshArguments(new URL('ssh://me@build.test:2222'))).toEqual([
    ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-l', 'me', '-p', '2222', '--', 'build.test'],
    ...['docker', 'system', 'dial-stdio'],
  ])
})
