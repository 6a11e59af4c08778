import { listProcesses } from '@stevedore/contract'
import type { Observation, Place } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import type { Route } from '../proxy/route.ts'
import { isRunning, type ReplicaContainer } from './replicas.ts'

/**
 * Processes of which a host has more or fewer running than the settings say. While two revisions share the traffic a deploy is under way,
 * and the processes are still those of the former.
 */
export function findProcessDrift(
  { name: host }: Pick<Host, 'name'>,
  { settings }: Place,
  containers: ReplicaContainer[],
  route: Pick<Route, 'traffic'> | undefined,
): Observation['drift'] {
  const [serving, ...others] = Object.keys(route?.traffic ?? {}).map(Number)
  if (serving === undefined || others.length > 0) return []
  const live = containers.filter((one) => isRunning(one) && one.revision === serving)
  const wanted = new Map(listProcesses(settings).map(({ name, replicas }) => [name, replicas]))
  const names = new Set([...wanted.keys(), ...live.map(({ process = '' }) => process)])
  return [...names].flatMap((name) => {
    const [want, found] = [wanted.get(name) ?? 0, live.filter(({ process }) => process === name).length]
    const field = `process ${name}${host ? ` on ${host}` : ''}`
    return want === found ? [] : [{ field, wanted: `${want} running`, found: `${found} running` }]
  })
}
