import { FailureError } from '@stevedore/contract'
import { withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../../failure/translate.ts'
import { runClient } from './run-client.ts'

/** Where distributions, Docker's own packages and Homebrew put the client. */
export const usualClients = ['/usr/local/bin/docker', '/usr/bin/docker', '/opt/homebrew/bin/docker', '/snap/bin/docker']

/** A Docker client that can build with BuildKit. */
export interface BuildClient {
  path: string
  /** The whole environment that it gets. */
  env: Record<string, string>
}

const answerMs = 60_000

/**
 * Finds a client that can build with BuildKit on this engine. The versions and the parts of both decide, never how busy a machine is or what
 * else goes wrong on it: one that does not answer in time says nothing.
 * @throws FailureError `engine-unreachable`, `engine-slow`
 */
export async function findBuildClient(
  docker: Docker,
  paths: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<BuildClient | undefined> {
  if (paths.length === 0 || !(await hasBuildKit(docker, signal))) return undefined
  for (const path of paths) if (await canBuild({ path, env }, signal)) return { path, env }
  return undefined
}

/** Since API 1.39, with Docker 18.09; whether it is what an engine builds with unasked is another matter. Others that speak the API lack it. */
async function hasBuildKit(docker: Docker, signal: AbortSignal): Promise<boolean> {
  const version = docker.version.bind(docker) as unknown as (options: object) => Promise<Docker.DockerVersion>
  const ends = withinMs(answerMs, signal)
  const { ApiVersion, Os, Components } = await callEngine(
    () => version({ abortSignal: ends }),
    'engine-unreachable',
    signal,
  )
  const [major = 0, minor = 0] = ApiVersion.split('.').map(Number)
  const isDocker = (Components ?? []).every(({ Name }) => !/podman/i.test(Name))
  return isDocker && Os === 'linux' && (major > 1 || minor >= 39)
}

/** A client had it built in from 18.09 on; from 23 on it is a part of its own, buildx. */
async function canBuild(client: BuildClient, signal: AbortSignal): Promise<boolean> {
  const said = await ask(client, ['--version'], signal)
  const [, year = '', month = ''] = /^Docker version (\d{1,4})\.(\d{1,4})/.exec(said ?? '') ?? []
  if (year === '') return false
  if (Number(year) >= 23) return (await ask(client, ['buildx', 'version'], signal)) !== undefined
  return Number(year) > 18 || (Number(year) === 18 && Number(month) >= 9)
}

const mostOutput = 4_000

/** @returns undefined where it says that it cannot, or cannot be started */
async function ask(client: BuildClient, args: string[], signal: AbortSignal): Promise<string | undefined> {
  const ends = withinMs(answerMs, signal)
  let output = ''
  const onOutput = (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(0, mostOutput)
  }
  try {
    return (await runClient({ ...client, args, signal: ends, onOutput })) === 0 ? output : undefined
  } catch (error) {
    signal.throwIfAborted()
    if (!ends.aborted) return undefined
    const diagnosis = `\`${client.path} ${args.join(' ')}\` on the worker did not end within ${answerMs / 1_000} s`
    throw new FailureError('engine-slow', { diagnosis, cause: error })
  }
}
