import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ImageEngine, RegistryCredential } from '@stevedore/engine'
import type Docker from 'dockerode'
import { type Builder, buildImage } from './actions/build.ts'
import { pushImage } from './actions/push.ts'
import { reapBuild } from './actions/remove-images.ts'
import { findBuildKit, usualClients } from './client/buildkit/find-client.ts'
import { type DockerAddress, openDocker } from './client/docker.ts'
import { readEngineInfo } from './client/engine-info.ts'
import { findCredential, readWorkerCredentials } from './client/registry/credentials.ts'
import { createInsecureCheck } from './client/registry/insecure.ts'
import { parseReference } from './client/registry/reference.ts'
import { createRegistryClient } from './client/registry/registry.ts'
import { callEngine, statusOf } from './failure/translate.ts'
import { clientEnvironment } from './spec/build-options.ts'

export interface ImageEngineOptions extends DockerAddress {
  /** Docker clients to try for BuildKit, best first; an empty list leaves the engine's classic builder. */
  clients?: readonly string[]
  /** The worker's sign-ins. Default: `.docker/config.json` of its user. */
  registryConfigPath?: string
  /** Registries that are spoken to in plain http, beside the machine's own and those that the engine lists. */
  insecureRegistries?: readonly string[]
  /** The most that one step may take, where the builder can hold it to that: the classic one can, BuildKit not. */
  buildMemoryBytes?: number
}

/** Builds, pushes and looks up images with one Docker engine. */
export function createDockerImageEngine(options: ImageEngineOptions = {}): ImageEngine {
  const docker = openDocker(options)
  const configPath = options.registryConfigPath ?? join(homedir(), '.docker', 'config.json')
  const registry = createRegistryClient(createInsecureCheck(docker, options.insecureRegistries ?? []))
  const env = clientEnvironment(options, homedir(), options.registryConfigPath && dirname(options.registryConfigPath))
  const findClient = createClientFinder(docker, options.clients ?? usualClients, env)
  const signIn = async (host: string, stored: RegistryCredential | undefined) =>
    stored ?? findCredential(await readWorkerCredentials(configPath), host)

  return {
    async describe(signal) {
      const { ServerVersion: version } = await readEngineInfo(docker, signal)
      return { buildkit: (await findClient(signal)) !== undefined, version }
    },
    async build(build, context) {
      const path = await findClient(context.signal)
      const builder: Builder = {
        docker,
        client: path === undefined ? undefined : { path, env },
        credentials: await readWorkerCredentials(configPath),
        memoryBytes: options.buildMemoryBytes,
      }
      return await buildImage(builder, build, context)
    },
    async push(push, context) {
      const host = push.tags[0] ? parseReference(push.tags[0]).registry : ''
      return await pushImage(
        { docker, registry },
        { ...push, credential: await signIn(host, push.credential) },
        context,
      )
    },
    async resolve(text, credential, signal) {
      const reference = parseReference(text)
      return await registry.findDigest(reference, await signIn(reference.registry, credential), signal)
    },
    async remove(references, signal) {
      for (const reference of references) await removeReference(docker, reference, signal)
    },
    reapBuild: (jobId, signal) => reapBuild(docker, jobId, signal),
  }
}

/** Asked once: a client that can build goes on being able to. That there is none may change, and is asked again. */
function createClientFinder(docker: Docker, clients: readonly string[], env: Record<string, string>) {
  let found: string | undefined
  return async (signal: AbortSignal): Promise<string | undefined> => {
    found ??= await findBuildKit(docker, clients, env, signal)
    return found
  }
}

/** 404: absent; 409: a container uses it. Both are as good as done. */
async function removeReference(docker: Docker, reference: string, signal: AbortSignal): Promise<void> {
  const remove = () => docker.getImage(reference).remove({ abortSignal: signal })
  const settle = (error: unknown) => {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error
  }
  await callEngine(() => remove().catch(settle), 'internal', signal)
}
