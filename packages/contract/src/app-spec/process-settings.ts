import type { EnvironmentSpec } from './environment.ts'
import type { ProcessSpec } from './processes.ts'
import { defaultStrategy } from './strategy.ts'
import { listVolumes, type Volumes } from './volumes.ts'

/**
 * The settings of one process as an environment's of its own: image, variables, secrets, files and user are the environment's, and no way
 * leads in. A volume that only one may have open is left to the environment's own replica.
 * Of a name that the settings do not have, or have no more, none is to run.
 */
export function settingsOfProcess<S extends EnvironmentSpec>(settings: S, name: string): S {
  const found: ProcessSpec = settings.processes?.[name] ?? { replicas: 0 }
  const { path: _path, command: _command, ...timings } = settings.health
  return {
    ...settings,
    ...withoutWays,
    command: found.command,
    args: found.args,
    replicas: found.replicas,
    resources: found.resources,
    stopTimeout: found.stopTimeout ?? settings.stopTimeout,
    health: { ...timings, ...found.health },
    strategy: settings.strategy.type === 'recreate' ? settings.strategy : defaultStrategy('rolling'),
    fromImage: settings.fromImage && { user: settings.fromImage.user, group: settings.fromImage.group },
    volumes: findShared(settings),
  }
}

/** What of an environment is about its route, or done once for all that it runs. */
export const withoutWays = {
  ...{ host: undefined, port: undefined, ports: undefined, protocol: undefined, ingress: undefined },
  ...{ service: undefined, autoscale: undefined, check: undefined, migrate: undefined, processes: undefined },
  linkedBy: undefined,
  containerPort: 8080,
  drain: '0s',
}

function findShared(settings: EnvironmentSpec): Volumes | undefined {
  const shared = listVolumes(settings).filter((volume) => volume.shared)
  if (shared.length === 0) return undefined
  return Object.fromEntries(shared.map(({ name, ...volume }) => [name, volume]))
}
