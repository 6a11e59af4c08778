import type { ImageBuild } from '@stevedore/engine'
import type Docker from 'dockerode'
import { type DockerAddress, defaultDockerHost } from '../client/docker.ts'

export interface BuildFiles {
  /** The Dockerfile's own path, absolute. */
  dockerfile: string
  /** Where the client writes the image's id. */
  imageIdFile: string
  /** Files with the values of the secrets, by name. */
  secrets: Record<string, string>
}

/**
 * The client's arguments for one build. There is no `--tag`: tags are set when the build has succeeded. Cache mounts get a namespace
 * of their own for each scope; layers need none, since what made them is their key.
 */
export function buildKitArguments(build: ImageBuild, files: BuildFiles): string[] {
  const args = { ...build.args, BUILDKIT_CACHE_MOUNT_NS: build.cacheScope }
  return [
    'build',
    '--progress=plain',
    `--file=${files.dockerfile}`,
    `--iidfile=${files.imageIdFile}`,
    ...(build.target === undefined ? [] : [`--target=${build.target}`]),
    ...(build.noCache ? ['--no-cache'] : []),
    ...pairs('--build-arg', args),
    ...pairs('--label', build.labels),
    ...Object.entries(files.secrets).flatMap(([name, path]) => ['--secret', `id=${name},src=${path}`]),
    '--',
    build.contextDir,
  ]
}

function pairs(flag: string, values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`])
}

/** What the client knows of this machine: the engine, the sign-ins, and nothing of the worker's own environment. */
export function clientEnvironment(
  address: DockerAddress,
  home: string,
  configDir: string | undefined,
): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin',
    HOME: home,
    DOCKER_BUILDKIT: '1',
    DOCKER_HOST: address.host ?? defaultDockerHost,
    BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
    ...(configDir ? { DOCKER_CONFIG: configDir } : {}),
    ...(address.certDir ? { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: address.certDir } : {}),
  }
}

export interface ClassicOptions {
  registryConfig: Docker.RegistryConfig
  /** The most that one step may take. */
  memoryBytes: number | undefined
}

/** `forcerm` clears the containers of the steps even after a failure or a cancel. */
export function classicOptions(
  build: ImageBuild,
  dockerfile: string,
  { registryConfig, memoryBytes }: ClassicOptions,
): Docker.ImageBuildOptions {
  return {
    version: '1',
    dockerfile,
    buildargs: build.args,
    labels: build.labels,
    nocache: build.noCache,
    rm: true,
    forcerm: true,
    registryconfig: registryConfig,
    ...(build.target === undefined ? {} : { target: build.target }),
    ...(memoryBytes === undefined ? {} : { memory: memoryBytes, memswap: memoryBytes }),
  }
}
