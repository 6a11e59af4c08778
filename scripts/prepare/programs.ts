import { findProgram } from '@stevedore/testkit/component'
import { findFakeClock } from '@stevedore/testkit/fake-clock'
import { execa } from 'execa'
import type { Piece } from './piece.ts'

const program = (name: string, why: string, packages: string[], ...programs: string[]): Piece => ({
  name,
  why,
  packages,
  isThere: async () => findProgram(...programs) !== undefined,
})

export const git = program('git', 'sources are fetched with it', ['git'], 'git')
export const registry = program(
  'Docker registry',
  'images are pushed to one on this machine',
  ['docker-registry'],
  'docker-registry',
  'registry',
)
export const haproxy = program(
  'HAProxy',
  'the proxy’s image is made of it where none can be pulled',
  ['haproxy'],
  'haproxy',
)
export const redis = program('Redis', 'the transport is tested on it', ['redis-server'], 'redis-server')
export const chromium = program(
  'Chromium',
  'the pages are opened in it',
  ['chromium'],
  'chromium',
  'chromium-browser',
  'google-chrome',
)
export const ssh = program('OpenSSH client', 'sources over ssh are fetched with it', ['openssh-client'], 'ssh')

export const prometheus = program(
  'Prometheus',
  'the shipped alerts are tried by its promtool',
  ['prometheus', 'prometheus-alertmanager'],
  'promtool',
)

export const nginx = program('Nginx', 'its shipped configuration is tried by it', ['nginx-light'], 'nginx')

export const fakeClock: Piece = {
  name: 'libfaketime',
  why: 'processes with a wrong clock are tried with it',
  packages: ['libfaketime'],
  isThere: async () => findFakeClock() !== undefined,
}

export const busybox: Piece = {
  name: 'static busybox',
  why: 'the base of the example’s image is made of it where none can be pulled',
  packages: ['busybox-static'],
  async isThere() {
    const path = findProgram('busybox')
    // ldd fails on what loads no libraries.
    return path !== undefined && (await execa('ldd', [path], { reject: false })).exitCode !== 0
  },
}
