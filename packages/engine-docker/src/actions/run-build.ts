import type { ImageBuild, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import type { OpenBuilder } from '../builder/open.ts'
import type { BuildClient } from '../client/buildkit/find-client.ts'
import type { WorkerCredentials } from '../client/registry/credentials.ts'
import type { ListAllowedHosts } from '../client/registry/registry.ts'
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

/** Hands the Dockerfile and its source to whichever builder there is. */
export function runBuild(
  { docker, client, credentials, memoryBytes }: Builder,
  build: ImageBuild,
  dockerfile: HandedDockerfile,
  context: WorkContext,
): Promise<string> {
  if (client) return buildWithBuildKit(client, build, dockerfile, context)
  return buildClassic(docker, build, dockerfile, context, { registryConfig: credentials, memoryBytes })
}
