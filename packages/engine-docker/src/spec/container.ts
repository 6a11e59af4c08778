import { createHash } from 'node:crypto'
import {
  type Account,
  type AppLimits,
  chooseAccount,
  chooseAppLimits,
  chooseHealth,
  chooseMemoryLimit,
  cpuCores,
  type DockerEnvironment,
  durationMs,
  FailureError,
  memoryBytes,
  type Resources,
  steadyIntervalMs,
  stopMs,
} from '@stevedore/contract'
import { labelKeys, type Place, type Release, terminalType } from '@stevedore/engine'
import type Docker from 'dockerode'
import type { ServerCheck } from '../proxy/route.ts'
import { listFurtherPorts } from './entrances.ts'
import { labelFiles, mountFiles } from './files.ts'
import { containerName, type Part, type Role } from './labels.ts'
import { mountVolumes } from './volume.ts'

/** What a container is beside its release. */
export interface ContainerOptions {
  part: Part
  jobId: string
  network: string
  /** Fixed, so that a restart comes back where the proxy looks for it. Absent: Docker chooses. */
  address?: string
  command?: string[] | undefined
  /** Somebody types into it. */
  hasTerminal?: boolean | undefined
  /** With Docker's own first process, unless the settings say otherwise. */
  hasInit?: boolean | undefined
  /** Where the engine keeps the release's files; absent in one that is only looked at. */
  filesFolder?: string | undefined
  /** The worker's, for what the settings do not say. */
  appLimits: AppLimits
}

/** @throws FailureError `policy-violation` on settings of another engine */
export function dockerSettings({ settings }: Pick<Place, 'settings'>): DockerEnvironment {
  if (settings.engine === 'docker') return { ...settings, health: chooseHealth(settings) }
  throw new FailureError('policy-violation', { diagnosis: `engine: ${settings.engine} does not run on Docker` })
}

/**
 * Everything of one container: without privileges, mounts of the host's but those of its own files, or the host's namespaces, whatever the
 * settings say.
 */
export function buildContainerSpec(release: Release, options: ContainerOptions): Docker.ContainerCreateOptions {
  const settings = dockerSettings(release)
  const { part, network, address } = options
  const appLimits = chooseAppLimits(release.defaultMemory, options.appLimits)
  return {
    name: containerName(network, release, part),
    Image: release.image,
    User: writeUser(chooseAccount(settings)),
    Env: listVariables(release, options),
    ...chooseCommand(settings, options.command),
    ...(options.hasTerminal ? { Tty: true, OpenStdin: true, AttachStdin: true } : {}),
    Labels: buildLabels(release, { ...options, appLimits }),
    Healthcheck: { Test: ['NONE'] },
    StopTimeout: Math.ceil(stopMs(settings) / 1_000),
    HostConfig: {
      ...(options.hasInit ? { Init: true } : {}),
      ...buildHostConfig(settings, network, appLimits),
      ...mountAll(release, options),
    },
    NetworkingConfig: {
      EndpointsConfig: { [network]: address ? { IPAMConfig: { IPv4Address: address } } : {} },
    },
  }
}

function listVariables({ settings: { env }, secrets }: Release, { hasTerminal }: ContainerOptions): string[] {
  const all = { ...(hasTerminal ? { TERM: terminalType } : {}), ...env, ...secrets }
  return Object.entries(all).map(([name, value]) => `${name}=${value}`)
}

function mountAll(release: Release, { network, filesFolder = '' }: ContainerOptions): Docker.HostConfig {
  const Mounts = [...mountVolumes(network, release), ...mountFiles(network, release, filesFolder)]
  return Mounts.length > 0 ? { Mounts } : {}
}

/** Without a group it is the image's own /etc/passwd that knows it, and further groups as well. */
function writeUser({ user, group }: Account): string {
  return group === undefined ? String(user) : `${user}:${group}`
}

/** A command of its own, a migration's or a person's, leaves nothing of the app's. */
function chooseCommand({ command, args }: DockerEnvironment, own: string[] | undefined) {
  if (own) return { Entrypoint: own }
  return { ...(command ? { Entrypoint: command } : {}), ...(args ? { Cmd: args } : {}) }
}

function buildHostConfig(settings: DockerEnvironment, network: string, appLimits: AppLimits): Docker.HostConfig {
  return {
    ...limitResources(settings.resources, appLimits),
    ...(appLimits.processes === undefined ? {} : { PidsLimit: appLimits.processes }),
    NetworkMode: network,
    ReadonlyRootfs: settings.readOnlyRoot,
    Tmpfs: settings.readOnlyRoot ? mountWritable(settings) : {},
    CapDrop: ['ALL'],
    ...(settings.capabilities ? { CapAdd: settings.capabilities } : {}),
    ...(settings.init === undefined ? {} : { Init: settings.init }),
    SecurityOpt: ['no-new-privileges'],
    // A crash while it starts must be seen, not repeated: the policy follows once it is healthy.
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
  }
}

export const liveRestartPolicy: Docker.HostRestartPolicy = { Name: 'unless-stopped' }

/** Docker's own names and units: NanoCpus, bytes. Swap is not an extra on top of the memory limit. */
export function limitResources(resources: Resources | undefined, appLimits: AppLimits): Docker.HostConfig {
  const { limits, requests } = resources ?? {}
  const limit = chooseMemoryLimit(resources, appLimits)
  const memory = limit && memoryBytes(limit.memory)
  return {
    ...(memory ? { Memory: memory, MemorySwap: memory } : {}),
    ...(limits?.cpu ? { NanoCpus: Math.round(cpuCores(limits.cpu) * 1e9) } : {}),
    ...(requests?.memory ? { MemoryReservation: memoryBytes(requests.memory) } : {}),
    ...(requests?.cpu ? { CpuShares: Math.max(2, Math.round(cpuCores(requests.cpu) * 1024)) } : {}),
  }
}

/** Owned by who runs: over a folder of the image it takes that folder's mode, which may let only its owner write. */
function mountWritable(settings: DockerEnvironment): Record<string, string> {
  const { user, group } = chooseAccount(settings)
  const owner = `uid=${user}${group === undefined ? '' : `,gid=${group}`}`
  const options = `rw,nosuid,nodev,size=64m,mode=1777,${owner}`
  return Object.fromEntries(['/tmp', ...settings.writablePaths].map((path) => [path, options]))
}

function buildLabels(release: Release, { part, jobId, network, appLimits }: ContainerOptions): Record<string, string> {
  const settings = dockerSettings(release)
  return {
    [labelKeys.network]: network,
    [labelKeys.app]: release.app,
    [labelKeys.environment]: release.environment,
    [labelKeys.revision]: String(release.revision),
    [labelKeys.version]: release.version,
    [labelKeys.job]: jobId,
    [labelKeys.settingsHash]: hashSettings(release),
    [labelKeys.role]: roleOf(release, part),
    ...(release.process === undefined ? {} : { [labelKeys.process]: release.process }),
    [labelKeys.defaultMemory]: settings.resources?.limits?.memory ? '' : (appLimits.memory ?? ''),
    ...(release.service === undefined ? {} : { [labelKeys.service]: release.service.name }),
    [labelKeys.port]: release.service ? String(release.service.port ?? '') : String(settings.containerPort),
    ...(settings.protocol ? { [labelKeys.protocol]: settings.protocol } : {}),
    ...(settings.ports ? { [labelKeys.furtherPorts]: JSON.stringify(listFurtherPorts(release, settings)) } : {}),
    [labelKeys.check]: JSON.stringify(describeCheck(settings)),
    ...labelFiles(release),
  }
}

function roleOf({ process, service }: Release, part: Part): Role {
  if (service) return 'service'
  if (typeof part === 'number') return process === undefined ? 'replica' : 'process'
  return part === 'migrate' ? 'migration' : 'command'
}

function describeCheck({ health }: DockerEnvironment): ServerCheck {
  return {
    ...(health.path ? { path: health.path } : {}),
    command: health.command ?? null,
    intervalMs: durationMs(health.interval),
    steadyMs: steadyIntervalMs(health),
    timeoutMs: durationMs(health.timeout),
    rise: health.threshold,
  }
}

/** Of the image and the settings in an order of their own: the ledger's JSON keeps none. Secrets are left out. */
export function hashSettings({ image, settings }: Pick<Release, 'image' | 'settings'>): string {
  return createHash('sha256')
    .update(JSON.stringify(sortKeys({ image, settings })))
    .digest('hex')
    .slice(0, 16)
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]))
}
