import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import { type Component, findProgram } from './component.ts'

const program = findProgram('dockerd')

export const secondDockerComponent: Component = {
  name: 'Docker daemon to start as root',
  found: program !== undefined && process.getuid?.() === 0,
  bring: 'apt-get install docker.io, and run as root',
}

/** A Docker engine of a test's own, which may be killed. It leaves the machine's engine and its firewall alone. */
export interface SecondDocker {
  docker: Docker
  /** `unix:///…`. */
  host: string
  /** As a crash would, its containers with it. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** @param addressPool for its networks; must not meet the machine's or another's, `10.213.0.0/16` */
export async function startSecondDocker(addressPool: string): Promise<SecondDocker> {
  if (!program) throw new Error(`no dockerd here; bring it with: ${secondDockerComponent.bring}`)
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-dockerd-'))
  const socketPath = join(dir, 'docker.sock')
  const docker = new Docker({ socketPath })
  let child: ChildProcess | undefined
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  const second: SecondDocker = {
    docker,
    host: `unix://${socketPath}`,
    kill: () => end('SIGKILL'),
    async start() {
      child = spawn(program, daemonOptions(dir, socketPath, addressPool), { stdio: 'ignore' })
      await awaitPing(docker)
    },
    async stop() {
      const containers = await docker.listContainers({ all: true }).catch(() => [])
      await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })))
      await end('SIGTERM')
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  await second.start()
  return second
}

function daemonOptions(dir: string, socketPath: string, addressPool: string): string[] {
  return [
    ...['--host', `unix://${socketPath}`, '--pidfile', join(dir, 'pid')],
    ...['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec')],
    ...['--bridge', 'none', '--iptables=false', '--ip6tables=false'],
    ...['--default-address-pool', `base=${addressPool},size=24`],
  ]
}

async function awaitPing(docker: Docker): Promise<void> {
  const end = performance.now() + 60_000
  while (!(await docker.ping().then(Boolean, () => false))) {
    if (performance.now() > end) throw new Error('the second Docker engine does not answer')
    await sleep(100)
  }
}
