import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '@stevedore/testkit'
import { execa } from 'execa'
import type { Stage } from '../../integration/engine-docker-deploy/stage.ts'

const script = join(import.meta.dirname, 'plain-rollout.sh')

/** What a team would have without Stevedore: HAProxy on the host, and a script. */
export interface Plain {
  /** Where its HAProxy answers. */
  url: string
  deploy(revision: number): Promise<void>
  close(): Promise<void>
}

export async function openPlain(stage: Stage): Promise<Plain> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-bench-'))
  const port = await findFreePort()
  const socket = join(dir, 'haproxy.sock')
  await writeFile(join(dir, 'haproxy.cfg'), renderConfig(port, socket))
  const proxy = execa('haproxy', ['-db', '-f', join(dir, 'haproxy.cfg')], { reject: false })
  const prefix = `${stage.name}-plain`
  let old: string[] = []
  return {
    url: `http://127.0.0.1:${port}`,
    async deploy(revision) {
      const env = { IMAGE: stage.image, NETWORK: stage.network, PREFIX: prefix, SOCKET: socket, OLD: old.join(' ') }
      await execa(script, [String(revision)], { env })
      old = [1, 2].map((part) => `${prefix}-${revision}-${part}`)
    },
    async close() {
      proxy.kill()
      await proxy
      for (const name of old) await stage.docker.getContainer(name).remove({ force: true })
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function renderConfig(port: number, socket: string): string {
  return `global
  stats socket ${socket} level admin
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend way-in
  bind 127.0.0.1:${port}
  default_backend app
backend app
  balance roundrobin
`
}
