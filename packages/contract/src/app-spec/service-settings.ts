import type { RecordedService, ServiceSpec } from './companions.ts'
import type { EnvironmentSpec } from './environment.ts'
import { withoutWays } from './process-settings.ts'
import { defaultStrategy } from './strategy.ts'

/** What a companion's volume is called beside those of its environment, of which none has a dot. */
function volumeOfService(name: string): string {
  return `${name}.data`
}

/** The settings of a companion as an environment's of its own: nothing of the app's but where it runs. */
export function settingsOfService<S extends EnvironmentSpec>(
  settings: S,
  name: string,
  service: RecordedService & Pick<ServiceSpec, 'backup'>,
): S {
  const { volume, port = withoutWays.containerPort, image: _image, backup: _backup, ...own } = service
  return {
    ...settings,
    ...withoutWays,
    ...own,
    command: own.command,
    args: own.args,
    resources: own.resources,
    user: own.user,
    capabilities: own.capabilities,
    fromImage: own.fromImage,
    containerPort: port,
    replicas: 1,
    strategy: defaultStrategy('recreate'),
    volumes: volume && { [volumeOfService(name)]: { ...volume, shared: false } },
    ...{ files: undefined, init: undefined, schedules: undefined, services: undefined, links: undefined },
  }
}
