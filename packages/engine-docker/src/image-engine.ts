import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ImageEngine } from '@stevedore/engine'
import { createRegistryClient, type ListAllowedHosts, parseReference } from '@stevedore/source'
import type Docker from 'dockerode'
import { buildImage } from './actions/build.ts'
import { pushImage } from './actions/push.ts'
import { reapBuild, removeReferences } from './actions/remove-images.ts'
import { type ScanSettings, scanImage } from './actions/scan.ts'
import { tagImage } from './actions/tag.ts'
import { tidyScans } from './actions/tidy-scans.ts'
import { createBuilderDoor } from './builder/door.ts'
import type { BuilderSettings } from './builder/settings.ts'
import { type BuildClient, findBuildClient, usualClients } from './client/buildkit/find-client.ts'
import { type DockerAddress, openDocker, pingEngine, readEngineInfo } from './client/docker.ts'
import { createSignIn, readWorkerCredentials } from './client/registry/credentials.ts'
import { createInsecureCheck } from './client/registry/insecure.ts'
import { clientEnvironment } from './spec/build-options.ts'
import { nameSite } from './spec/site.ts'
import { listStageNames } from './state/dockerfile.ts'
import { readImageConfig } from './state/image-config.ts'

export interface ImageEngineOptions extends DockerAddress {
  /** Docker clients to try for BuildKit, best first; an empty list leaves the engine's classic builder. */
  clients?: readonly string[]
  /** The worker's sign-ins. Default: `.docker/config.json` of its user. */
  registryConfigPath?: string
  /** Registries that are spoken to in plain http, beside the machine's own and those that the engine lists. */
  insecureRegistries?: readonly string[]
  /** Hosts on private networks, each as it is or with a port, that registries may be at. Default: none. */
  listAllowedHosts?: ListAllowedHosts
  /** The most that one step may take, where the builder can hold it to that: the classic one can, BuildKit not. */
  buildMemoryBytes?: number
  /** A container to build in. Default: the engine's own builder. */
  builder?: BuilderSettings | undefined
  /** Of the containers and volumes of scans. Default: those of a worker without settings. */
  scans?: ScanSettings
}

const usualScans: ScanSettings = {
  network: 'stevedore',
  limits: { memoryBytes: 2 ** 31, cpus: 2, processes: 512 },
}

/** Builds, pushes and looks up images with one Docker engine. */
export function createDockerImageEngine(options: ImageEngineOptions = {}): ImageEngine {
  const docker = openDocker(options)
  const configPath = options.registryConfigPath ?? join(homedir(), '.docker', 'config.json')
  const { listAllowedHosts = async () => [], scans = usualScans } = options
  const registry = createRegistryClient(createInsecureCheck(docker, options.insecureRegistries ?? []), listAllowedHosts)
  const findClient = createClientFinder(docker, options)
  const signIn = createSignIn(configPath)
  const enterBuilder = createBuilderDoor(docker, options)

  return {
    site: { name: nameSite(undefined), ping: (signal) => pingEngine(docker, signal) },
    async describe(signal) {
      const { ServerVersion: version } = await readEngineInfo(docker, signal)
      return { buildkit: (await findClient(signal)) !== undefined, version }
    },
    listStages: listStageNames,
    async build(build, context) {
      const credentials = await readWorkerCredentials(configPath)
      const contained = await enterBuilder(context)
      const client = contained ? undefined : await findClient(context.signal)
      const memoryBytes = options.builder?.limits.memoryBytes ?? options.buildMemoryBytes
      try {
        return await buildImage(
          { docker, client, credentials, listAllowedHosts, memoryBytes, contained },
          build,
          context,
        )
      } finally {
        await contained?.close()
      }
    },
    tag: (imageId, tags, context) => tagImage(docker, imageId, tags, context),
    scan: (scan, context) => scanImage({ docker, signIn, listAllowedHosts, ...scans }, scan, context),
    push: (push, context) => pushImage({ docker, registry, signIn }, push, context),
    async resolve(text, credential, signal) {
      const reference = parseReference(text)
      return registry.findDigest(reference, await signIn(reference.registry, credential), signal)
    },
    readConfig: (image, credential, context) =>
      readImageConfig({ docker, registry, signIn }, { image, credential }, context),
    remove: (references, signal) => removeReferences(docker, references, signal),
    tidyScans: (tools, signal) => tidyScans(docker, scans.network, tools, signal),
    reapBuild: (jobId, signal) => reapBuild(docker, jobId, signal),
  }
}

/** Asked once: a client that can build goes on being able to. Where there is none, one may be brought: that is asked again. */
function createClientFinder(
  docker: Docker,
  { clients = usualClients, registryConfigPath, ...address }: ImageEngineOptions,
) {
  const env = clientEnvironment(address, homedir(), registryConfigPath && dirname(registryConfigPath))
  let found: BuildClient | undefined
  return async (signal: AbortSignal): Promise<BuildClient | undefined> => {
    found ??= await findBuildClient(docker, clients, env, signal)
    return found
  }
}
