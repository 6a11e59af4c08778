import { createHash } from 'node:crypto'
import { labelKeys } from '@stevedore/engine'
import type Docker from 'dockerode'
import { type BuilderSettings, type Machine, shareLimits } from './settings.ts'
import { builderFiles, builderFolder } from './start-script.ts'

/** A builder of other settings, or of another version of its programs, is made anew. */
export const settingsLabel = 'io.stevedore.builder-settings'

const quotaPeriodUs = 100_000

/**
 * The container of the builder: an engine of its own with the engine's rights over namespaces, mounts and its own network, under
 * limits for all that runs in it. It is not privileged: it has none of the machine's devices and cannot load what its kernel runs.
 */
export function buildBuilderSpec(
  settings: BuilderSettings,
  machine: Machine,
  hostAddresses: readonly string[],
): Docker.ContainerCreateOptions & { name: string } {
  const { all, steps, step } = shareLimits(settings.limits, machine)
  const Env = [
    `STEP_MEMORY=${step.memoryBytes}`,
    `STEP_PROCESSES=${step.processes}`,
    `STEP_QUOTA=${Math.round(step.cpus * quotaPeriodUs)}`,
    `STEPS_MEMORY=${steps.memoryBytes}`,
    `STEPS_PROCESSES=${steps.processes}`,
    `HOST_ADDRESSES=${hostAddresses.filter((address) => !isNamed(address, settings.networks)).join(' ')}`,
    `OPEN_NETWORKS=${settings.networks.join(' ')}`,
  ]
  return {
    name: settings.name,
    Image: settings.image,
    User: '0:0',
    Entrypoint: ['/bin/sh', `${builderFolder}/start`],
    Cmd: [],
    Env,
    Labels: { [labelKeys.role]: 'builder', [settingsLabel]: hashSettings(settings, machine) },
    StopSignal: 'SIGTERM',
    HostConfig: {
      Memory: all.memoryBytes,
      MemorySwap: all.memoryBytes,
      NanoCpus: Math.round(all.cpus * 1e9),
      PidsLimit: all.processes,
      // Where both want the processor, what runs goes before what is built.
      CpuShares: 512,
      CapAdd: ['SYS_ADMIN', 'NET_ADMIN'],
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
      MaskedPaths: [],
      ReadonlyPaths: [],
      Mounts: [{ Type: 'volume', Source: settings.name, Target: '/var/lib/docker' }],
      Tmpfs: { '/run': 'rw,nosuid,nodev,mode=755' },
      RestartPolicy: { Name: 'always' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
    },
  }
}

/** A network that is open opens nothing of this machine, unless its very address is named. */
function isNamed(address: string, networks: readonly string[]): boolean {
  return networks.includes(address) || networks.includes(`${address}/32`)
}

/** Of what the container is made from; addresses of the machine come and go, and count at its next start. */
export function hashSettings({ image, limits, networks }: BuilderSettings, machine: Machine): string {
  const made = { image, limits, networks, machine, builderFiles }
  return createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 16)
}
