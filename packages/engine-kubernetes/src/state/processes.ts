import { listProcesses } from '@stevedore/contract'
import { type Observation, openProcess } from '@stevedore/engine'
import type { Deployment } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { findDifferences } from '../spec/difference.ts'
import { showValue } from '../spec/fields.ts'
import { belongsTo, keys } from '../spec/labels.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import { nameProcess, processLabels } from '../spec/processes.ts'
import { readApplied } from './drift.ts'
import type { PlaceState } from './place-state.ts'
import { collectWorkload, type Workload } from './workload.ts'

/** The K8sDeployment of one process of a revision. It has no slot: nothing is routed to it. */
export interface ProcessWorkload extends Workload {
  process: string
}

/** All that run of a place's processes, found by their ReplicaSets: K8sDeployments may not be listed. */
export async function readProcesses(reader: NamespaceReader, place: KubernetesPlace): Promise<ProcessWorkload[]> {
  const labels = processLabels(place)
  const [replicaSets, pods] = await Promise.all([reader.list('ReplicaSet', { labels }), reader.list('Pod', { labels })])
  const owners = replicaSets.flatMap(({ metadata }) => metadata.ownerReferences ?? [])
  const names = new Set(owners.filter(({ kind }) => kind === 'Deployment').map(({ name }) => name))
  const found = await Promise.all([...names].map((name) => reader.get('Deployment', name)))
  return found
    .filter((one) => one !== undefined && isOfProcess(one, place))
    .map((one) => toProcess(one as Deployment, (slot) => collectWorkload(slot, one as Deployment, replicaSets, pods)))
    .toSorted((a, b) => a.revision - b.revision || (a.process < b.process ? -1 : 1))
}

function isOfProcess(found: Deployment, place: KubernetesPlace): boolean {
  return belongsTo(found, place) && found.metadata.labels?.[keys.process] !== undefined
}

function toProcess({ metadata }: Deployment, collect: (slot: 'main') => Workload): ProcessWorkload {
  return { ...collect('main'), process: metadata.labels?.[keys.process] ?? '' }
}

/** Whether it came with manifests: it has one name in all revisions, and is of the one that was brought last. */
export function isBeside({ deployment: { metadata } }: Pick<ProcessWorkload, 'deployment'>): boolean {
  return metadata.annotations?.[keys.origin] !== undefined
}

/** Whether it is one that a revision of these settings is to have. */
export function isWanted(place: KubernetesPlace, revision: number, workload: ProcessWorkload): boolean {
  const { process, revision: own } = workload
  if (isBeside(workload)) return own === revision
  return own === revision && openProcess(place, process).settings.replicas > 0
}

/**
 * What somebody did to the processes of the revision that serves. While another stands beside it a deploy is under way, and the processes
 * are still those of the former.
 */
export function findProcessDrift(
  place: KubernetesPlace,
  { main, next, adopted }: PlaceState,
  processes: readonly ProcessWorkload[],
): Observation['drift'] {
  if (!main || main.revision === 0 || next || adopted) return []
  const { revision } = main
  const absent = listProcesses(place.settings)
    .filter(
      ({ name, replicas }) =>
        replicas > 0 && !processes.some((one) => one.process === name && one.revision === revision),
    )
    .map(({ name }) => ({
      field: `Deployment ${nameProcess(place, name, revision)}`,
      wanted: 'present',
      found: 'absent',
    }))
  const present = processes.filter((one) => one.revision === revision && !isBeside(one))
  return [...absent, ...present.flatMap((one) => compare(place, one))]
}

function compare(place: KubernetesPlace, workload: ProcessWorkload): Observation['drift'] {
  const { deployment, process, revision } = workload
  const object = `Deployment ${deployment.metadata.name}`
  if (!isWanted(place, revision, workload)) return [{ field: object, wanted: 'absent', found: 'present' }]
  const { replicas: wanted } = openProcess(place, process).settings
  const { replicas: found } = deployment.spec
  const changed = findDifferences({ spec: readApplied(workload) }, { spec: deployment.spec })
  return [
    ...changed.map((one) => ({
      field: `${object} ${one.field}`,
      wanted: showValue(one.wanted),
      found: showValue(one.found),
    })),
    ...(found === wanted ? [] : [{ field: `${object} spec.replicas`, wanted: String(wanted), found: String(found) }]),
  ]
}
