import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Docker from 'dockerode'
import { endProcess } from './child-process.ts'
import { type Component, findProgram } from './component.ts'
import { type DiskSize, mountSmallDisk } from './small-disk.ts'

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
  /** Where it keeps all that it has. */
  dataRoot: string
  /** Ends it as a restart of its service does, its containers with it. */
  halt(): Promise<void>
  /** Ends it as a crash does: its containers may outlive it until it starts again. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends it for good and removes all that it had. */
  stop(): Promise<void>
}

interface SecondDockerOptions {
  /** What it has of its own to keep things on. */
  disk?: DiskSize
  /** Variables that the daemon sees besides the test's. */
  env?: Record<string, string>
}

/** @param bridgeAddress of its default network; must not meet the machine's or another's, `10.213.0.1/24` */
export async function startSecondDocker(
  bridgeAddress: string,
  { disk, env = {} }: SecondDockerOptions = {},
): Promise<SecondDocker> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-dockerd-'))
  const dataRoot = join(dir, 'data')
  await mkdir(dataRoot)
  if (disk) mountSmallDisk(dataRoot, disk)
  const docker = new Docker({ socketPath: join(dir, 'docker.sock') })
  const bridge = addBridge(bridgeAddress)
  let child = await launch(dir, bridge, env)
  return {
    docker,
    host: `unix://${join(dir, 'docker.sock')}`,
    dataRoot,
    halt: () => endProcess(child, 'SIGTERM'),
    kill: () => endProcess(child, 'SIGKILL'),
    async start() {
      child = await launch(dir, bridge, env)
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

async function launch(dir: string, bridge: string, more: Record<string, string>): Promise<ChildProcess> {
  if (!program) throw new Error(`no dockerd here; bring it with: ${secondDockerComponent.bring}`)
  await rm(join(dir, 'pid'), { force: true })
  const env = { ...process.env, ...more }
  const child = spawn(program, daemonOptions(dir, bridge), { stdio: ['ignore', 'ignore', 'pipe'], env })
  await awaitListening(child)
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

/** The daemon says so on its standard error once it takes requests. */
async function awaitListening({ stderr }: ChildProcess): Promise<void> {
  const lines: string[] = []
  for await (const line of createInterface(stderr!)) {
    if (/API listen on/.test(line)) {
      stderr!.resume()
      return
    }
    lines.push(line)
  }
  throw new Error(`the second Docker engine does not answer:\n${lines.slice(-5).join('\n')}`)
}
