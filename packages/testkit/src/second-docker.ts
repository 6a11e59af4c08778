import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { endProcess } from './child-process.ts'
import { type Component, findProgram } from './component.ts'
import { waitUntil } from './wait-until.ts'

const program = findProgram('dockerd')
const ip = findProgram('ip')

export const secondDockerComponent: Component = {
  name: 'Docker daemon to start as root',
  found: program !== undefined && ip !== undefined && process.getuid?.() === 0,
  bring: 'apt-get install docker.io iproute2, and run as root',
}

/** A Docker engine of a test's own, which may go away. It leaves the machine's engine and its firewall alone. */
export interface SecondDocker {
  docker: Docker
  /** `unix:///…`. */
  host: string
  /** Ends it as a restart of its service does, its containers with it. */
  halt(): Promise<void>
  /** Ends it as a crash does: its containers may outlive it until it starts again. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends it for good and removes all that it had. */
  stop(): Promise<void>
}

/** @param bridgeAddress of its default network; must not meet the machine's or another's, `10.213.0.1/24` */
export async function startSecondDocker(bridgeAddress: string): Promise<SecondDocker> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-dockerd-'))
  const docker = new Docker({ socketPath: join(dir, 'docker.sock') })
  const bridge = addBridge(bridgeAddress)
  let child = await launch(docker, dir, bridge)
  return {
    docker,
    host: `unix://${join(dir, 'docker.sock')}`,
    halt: () => endProcess(child, 'SIGTERM'),
    kill: () => endProcess(child, 'SIGKILL'),
    async start() {
      child = await launch(docker, dir, bridge)
    },
    async stop() {
      await removeAllContainers(docker)
      await endProcess(child, 'SIGTERM')
      execFileSync(ip!, ['link', 'delete', bridge])
      await unmountBelow(dir)
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function launch(docker: Docker, dir: string, bridge: string): Promise<ChildProcess> {
  if (!program) throw new Error(`no dockerd here; bring it with: ${secondDockerComponent.bring}`)
  await rm(join(dir, 'pid'), { force: true })
  const log = await open(join(dir, 'log'), 'a')
  const child = spawn(program, daemonOptions(dir, bridge), { stdio: ['ignore', log.fd, log.fd] })
  await log.close()
  await awaitAnswer(docker, dir)
  return child
}

async function removeAllContainers(docker: Docker): Promise<void> {
  // One that has been ended lists none; its containers go with its folder.
  const containers = await docker.listContainers({ all: true }).catch(() => [])
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })))
}

/** The daemon leaves the network namespace of the host mounted, which keeps its folder from being removed. */
async function unmountBelow(dir: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const path of mounts.filter((mount) => mount.startsWith(dir)).reverse()) execFileSync('umount', [path])
}

/** A bridge of its own: the default one, docker0, is the machine's engine's. */
function addBridge(address: string): string {
  const name = `stv${randomBytes(3).toString('hex')}`
  execFileSync(ip!, ['link', 'add', name, 'type', 'bridge'])
  execFileSync(ip!, ['address', 'add', address, 'dev', name])
  execFileSync(ip!, ['link', 'set', name, 'up'])
  return name
}

/** Without `--default-address-pool`: a daemon that has one deletes docker0 when it starts again, whichever bridge it was given. */
function daemonOptions(dir: string, bridge: string): string[] {
  return [
    ...['--host', `unix://${join(dir, 'docker.sock')}`, '--pidfile', join(dir, 'pid')],
    ...['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec')],
    ...['--bridge', bridge, '--iptables=false', '--ip6tables=false'],
  ]
}

async function awaitAnswer(docker: Docker, dir: string): Promise<void> {
  try {
    await waitUntil('an answer of the second Docker engine', () => answers(docker), { timeoutMs: 60_000 })
  } catch (error) {
    const lines = (await readFile(join(dir, 'log'), 'utf8')).trim().split('\n').slice(-5)
    throw new Error(lines.join('\n'), { cause: error })
  }
}

function answers(docker: Docker): Promise<boolean> {
  return docker.listContainers({ abortSignal: AbortSignal.timeout(5_000) }).then(
    () => true,
    () => false,
  )
}
