import { listServices } from '@stevedore/contract'
import type { Observation, Place, ServiceSight } from '@stevedore/engine'
import { describeHost, type Host } from '../hosts.ts'
import { describeServiceProbe, probeReplica } from './probe.ts'
import { isRunning, type ReplicaContainer } from './replicas.ts'

/** @param signal of the probe; undefined where nothing is to be asked */
export async function lookAtService(
  host: Host,
  container: ReplicaContainer,
  signal: AbortSignal | undefined,
): Promise<ServiceSight> {
  const { service: name = '', revision, image, leaving } = container
  const known = { name, revision, image, state: leaving ? 'leaving' : container.state, ...describeHost(host) }
  if (leaving) return { ...known, healthy: false, reason: 'told to end' }
  if (!signal) return { ...known, healthy: false, reason: 'not asked' }
  const { healthy, answer } = await probeReplica(host, container, describeServiceProbe(container.server), signal)
  return { ...known, healthy, ...(healthy ? {} : { reason: answer }) }
}

/** Companions of the settings that do not run. */
export function findServiceDrift({ settings }: Place, containers: ReplicaContainer[]): Observation['drift'] {
  return listServices(settings).flatMap(({ name }) => {
    const own = containers.filter(({ service }) => service === name)
    if (own.some(isRunning)) return []
    return [{ field: `service ${name}`, wanted: 'running', found: own[0]?.state ?? 'absent' }]
  })
}
