import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@stevedore/config'
import { execa } from 'execa'
import { checkBuildkit } from './check-buildkit.ts'

export interface Check {
  name: string
  /** `missing`: a thing that not every worker needs. */
  state: 'good' | 'bad' | 'missing'
  found: string
  remedy?: string | undefined
}

const timeoutMs = 10_000

/** What a worker on this machine would work with. */
export async function checkMachine(config: Config): Promise<Check[]> {
  const docker = await checkDocker(config)
  return [
    docker,
    ...(docker.state === 'good' ? [await checkBuildkit(dockerEnvironment(config))] : []),
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

async function checkGit(): Promise<Check> {
  const asked = await ask('git', ['--version'])
  return asked.exitCode === 0
    ? { name: 'git', state: 'good', found: asked.stdout }
    : { name: 'git', state: 'bad', found: 'no git', remedy: 'apt-get install git' }
}

async function checkKubeconfig({ kubeconfig }: Config): Promise<Check> {
  const path = kubeconfig ?? join(homedir(), '.kube', 'config')
  const found = await access(path).then(
    () => true,
    () => false,
  )
  if (found) return { name: 'kubeconfig', state: 'good', found: path }
  const remedy = 'Needed for `engine: kubernetes` alone: set KUBECONFIG.'
  return { name: 'kubeconfig', state: kubeconfig ? 'bad' : 'missing', found: `${path} is not there`, remedy }
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
