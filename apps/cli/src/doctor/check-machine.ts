import { access, constants } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@stevedore/config'
import { execa } from 'execa'
import { systemCode } from '../system-error.ts'
import { type Check, checkWithin } from './check.ts'
import { checkBuildOutput } from './check-build-output.ts'
import { type ClusterPlace, checkCluster } from './check-cluster.ts'
import { checkDisk } from './check-disk.ts'
import { checkProxy } from './check-proxy.ts'
import { checkRegistry } from './check-registry.ts'
import { dockerEnvironment, lastLine, runProgram } from './run-program.ts'

export interface MachineOptions extends ClusterPlace {
  /** `HOST/NAME`, to push to. */
  registry?: string | undefined
}

const timeoutMs = 30_000
const buildTimeoutMs = 20_000

/** Where distributions, Docker's own packages and Homebrew put the client; a worker looks there as well. */
const clients = ['/usr/local/bin/docker', '/usr/bin/docker', '/opt/homebrew/bin/docker', '/snap/bin/docker']
const dockerfile = 'FROM scratch\nLABEL io.stevedore.probe=doctor\n'

/** What a worker on this machine would work with. Each is looked at by itself, all at the same time. */
export async function checkMachine(config: Config, { registry, ...place }: MachineOptions = {}): Promise<Check[]> {
  const docker = await checkDocker(config)
  const hasDocker = docker.state === 'good'
  const path = config.kubeconfig ?? join(homedir(), '.kube', 'config')
  const kubeconfig = await checkKubeconfig(config, path)
  const hasCluster = kubeconfig.state === 'good'
  const looks: [name: string, applies: boolean, look: () => Promise<Check[]>][] = [
    ['buildkit', hasDocker, async () => [await checkBuildkit(config)]],
    ['build output', hasDocker && buildsHere(config), () => checkBuildOutput(docker.found)],
    ['proxy image', hasDocker, () => checkProxy(config)],
    ['disk', true, () => checkDisks(config, hasDocker)],
    ['git', true, async () => [await checkGit()]],
    ['cluster', hasCluster, () => checkCluster(place, path, config.kubeconfig !== undefined)],
    ['registry', registry !== undefined, async () => [await checkRegistry(registry ?? '', config)]],
  ]
  const asked = looks.filter(([, applies]) => applies).map(([name, , look]) => checkWithin(name, timeoutMs, look))
  return [docker, kubeconfig, ...(await Promise.all(asked)).flat()]
}

/** In the builder of this machine's own engine, not in one of Stevedore's. */
function buildsHere({ builder, dockerHost }: Config): boolean {
  return builder.mode === 'engine' && (dockerHost === undefined || dockerHost.startsWith('unix:'))
}

/** The engine’s own folder is looked at where it is on this machine. */
async function checkDisks(config: Config, hasDocker: boolean): Promise<Check[]> {
  const own = await checkDisk('disk', config.dataDir)
  if (!hasDocker) return [own]
  const { stdout } = await ask('docker', ['info', '--format', '{{.DockerRootDir}}'], config)
  const isHere =
    stdout !== '' &&
    (await access(stdout).then(
      () => true,
      () => false,
    ))
  return isHere ? [own, await checkDisk('docker disk', stdout)] : [own]
}

async function checkDocker(config: Config): Promise<Check> {
  const asked = await ask('docker', ['version', '--format', '{{.Server.Version}}'], config)
  if (asked.exitCode === 0) return { name: 'docker', state: 'good', found: `engine ${asked.stdout}` }
  return asked.failedToStart
    ? { name: 'docker', state: 'missing', found: 'no docker client', remedy: 'apt-get install docker.io' }
    : { name: 'docker', state: 'bad', found: lastLine(asked.stderr), remedy: 'Start the engine, or set DOCKER_HOST.' }
}

/** Whether some client here builds with BuildKit on the engine, found out by building: a version says little. */
async function checkBuildkit(config: Config): Promise<Check> {
  for (const client of clients)
    if (await canBuild(client, config)) return { name: 'buildkit', state: 'good', found: `builds by ${client}` }
  return {
    name: 'buildkit',
    state: 'missing',
    found: 'no docker client here builds with it: the classic builder does, and build secrets are refused',
    remedy: 'apt-get install docker-buildx-plugin (Docker’s packages) or docker-buildx (Debian’s, from 13 on)',
  }
}

async function canBuild(client: string, config: Config): Promise<boolean> {
  const env = { ...dockerEnvironment(config), DOCKER_BUILDKIT: '1' }
  const options = { env, timeout: buildTimeoutMs, reject: false } as const
  const built = await execa(client, ['build', '--quiet', '-'], { ...options, input: dockerfile })
  const [image] = /sha256:[0-9a-f]{64}/.exec(built.stdout ?? '') ?? []
  if (built.exitCode === 0 && image) await execa(client, ['image', 'rm', '--', image], options)
  return built.exitCode === 0
}

async function checkGit(): Promise<Check> {
  const asked = await ask('git', ['--version'])
  return asked.exitCode === 0
    ? { name: 'git', state: 'good', found: asked.stdout }
    : { name: 'git', state: 'bad', found: 'no git', remedy: 'apt-get install git' }
}

async function checkKubeconfig({ kubeconfig }: Config, path: string): Promise<Check> {
  try {
    await access(path, constants.R_OK)
    return { name: 'kubeconfig', state: 'good', found: path }
  } catch (error) {
    const found = systemCode(error) === 'ENOENT' ? `${path} is not there` : `${path} cannot be read`
    const remedy = 'Needed for `engine: kubernetes` alone: set KUBECONFIG.'
    return { name: 'kubeconfig', state: kubeconfig ? 'bad' : 'missing', found, remedy }
  }
}

function ask(program: string, arguments_: string[], config?: Config) {
  return runProgram(program, arguments_, { env: config ? dockerEnvironment(config) : {} })
}
