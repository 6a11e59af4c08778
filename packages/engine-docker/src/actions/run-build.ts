import { FailureError } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import type { ListAllowedHosts } from '@stevedore/source'
import type Docker from 'dockerode'
import type { OpenBuilder } from '../builder/open.ts'
import type { BuildClient } from '../client/buildkit/find-client.ts'
import { answers } from '../client/docker.ts'
import type { WorkerCredentials } from '../client/registry/credentials.ts'
import type { HandedDockerfile } from '../state/dockerfile.ts'
import { buildClassic } from './build-classic.ts'
import { buildWithBuildKit } from './build-with-buildkit.ts'

export interface Builder {
  docker: Docker
  /** Undefined where no client has BuildKit. */
  client: BuildClient | undefined
  credentials: WorkerCredentials
  /** Where registries may be on private networks. */
  listAllowedHosts: ListAllowedHosts
  memoryBytes: number | undefined
  /** The container that it builds in; undefined for the engine's own builder. */
  contained?: OpenBuilder | undefined
}

/**
 * Hands the Dockerfile and its source to whichever builder there is. A build that ends with its engine says nothing of the Dockerfile,
 * whatever its last words were.
 */
export async function runBuild(
  builder: Builder,
  build: ImageBuild,
  dockerfile: HandedDockerfile,
  context: WorkContext,
): Promise<string> {
  try {
    return await choose(builder, build, dockerfile, context)
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof FailureError) || error.code !== 'build-failed' || (await answers(builder.docker)))
      throw error
    throw new FailureError('engine-unreachable', { diagnosis: 'it went away while it built', cause: error })
  }
}

function choose(
  { docker, client, credentials, memoryBytes }: Builder,
  build: ImageBuild,
  dockerfile: HandedDockerfile,
  context: WorkContext,
): Promise<string> {
  if (client) return buildWithBuildKit(client, build, dockerfile, context)
  return buildClassic(docker, build, dockerfile, context, { registryConfig: credentials, memoryBytes })
}
