import { access, constants } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@stevedore/config'
import { execa } from 'execa'
import { systemCode } from '../system-error.ts'

export interface Check {
  name: string
  /** `missing`: a thing that not every worker needs. */
  state: 'good' | 'bad' | 'missing'
  found: string
  remedy?: string | undefined
}

const timeoutMs = 10_000
const buildTimeoutMs = 20_000

/** Where distributions, Docker's own packages and Homebrew put the client; a worker looks there as well. */
const clients = ['/usr/local/bin/docker', '/usr/bin/docker', '/opt/homebrew/bin/docker', '/snap/bin/docker']
const dockerfile = 'FROM scratch\nLABEL io.stevedore.probe=doctor\n'

/** What a worker on this machine would work with. */
export async function checkMachine(config: Config): Promise<Check[]> {
  const docker = await checkDocker(config)
  return [
    docker,
    ...(docker.state === 'good' ? [await checkBuildkit(config)] : []),
    await checkGit(),
    await checkKubeconfig(config),
  ]
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

async function checkKubeconfig({ kubeconfig }: Config): Promise<Check> {
  const path = kubeconfig ?? join(homedir(), '.kube', 'config')
  try {
    await access(path, constants.R_OK)
    return { name: 'kubeconfig', state: 'good', found: path }
  } catch (error) {
    const found = systemCode(error) === 'ENOENT' ? `${path} is not there` : `${path} cannot be read`
    const remedy = 'Needed for `engine: kubernetes` alone: set KUBECONFIG.'
    return { name: 'kubeconfig', state: kubeconfig ? 'bad' : 'missing', found, remedy }
  }
}

function dockerEnvironment({ dockerHost }: Config): Record<string, string> {
  return dockerHost ? { DOCKER_HOST: dockerHost } : {}
}

async function ask(program: string, arguments_: string[], config?: Config) {
  const env = config ? dockerEnvironment(config) : {}
  const result = await execa(program, arguments_, { timeout: timeoutMs, reject: false, env, stdin: 'ignore' })
  return { ...result, failedToStart: result.failed && result.exitCode === undefined && !result.timedOut }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
