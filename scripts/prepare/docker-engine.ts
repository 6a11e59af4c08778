import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { request } from 'node:http'
import { findProgram } from '@stevedore/testkit/component'
import { waitUntil } from '@stevedore/testkit/wait-until'
import { execa } from 'execa'
import { hasSystemd } from './debian.ts'
import type { Piece } from './piece.ts'

const socketPath = '/var/run/docker.sock'
const logPath = '/var/log/stevedore-dockerd.log'
const startTimeoutMs = 60_000

/** An engine that answers is used as it is; only where none does is one started. */
export const dockerEngine: Piece = {
  name: 'Docker engine',
  why: 'images are built and apps run on it',
  packages: ['docker.io'],
  isThere: answers,
  async start() {
    if (await hasSystemd()) await execa('systemctl', ['start', 'docker'])
    else startByHand()
    await waitUntil(`an answer of the Docker engine; see ${logPath}`, answers, { timeoutMs: startTimeoutMs })
  },
}

/** It goes on after this process, as a service would. */
function startByHand(): void {
  const log = openSync(logPath, 'a', 0o600)
  const program = findProgram('dockerd')
  if (!program) throw new Error('docker.io is installed but brings no dockerd')
  // The usual file may name a process that has gone, and whose number another one has got: dockerd would not start.
  const child = spawn(program, ['--pidfile', `/run/stevedore-dockerd-${process.pid}.pid`], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  child.unref()
  console.log(`  started dockerd (process ${child.pid}, log in ${logPath}); it stays`)
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 5_000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    ping.on('timeout', () => ping.destroy())
    ping.on('error', () => resolve(false))
    ping.end()
  })
}
