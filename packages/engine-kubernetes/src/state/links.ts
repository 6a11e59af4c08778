import type { V1HostAlias } from '@kubernetes/client-node'
import { listLinks, nameLinked } from '@stevedore/contract'
import type { Change, Observation } from '@stevedore/engine'
import { type NamespaceReader, openReader } from '../client/namespace.ts'
import { buildAliases } from '../spec/companions.ts'
import { belongsTo } from '../spec/labels.ts'
import { listTargets } from '../spec/links.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesPlace, KubernetesRelease } from '../spec/place.ts'
import type { PlaceState } from './place-state.ts'

/** Where linked apps are found by their names: of those whose Service is there. */
export async function readLinkAliases(reader: NamespaceReader, release: KubernetesRelease): Promise<V1HostAlias[]> {
  const found = await Promise.all(
    listTargets(release).map(async (target) => {
      const there = openReader(reader.cluster, target.settings.namespace, reader.signal, reader)
      const service = await there.get('Service', nameObjects(target).service)
      return service && belongsTo(service, target) ? [{ name: target.app, service }] : []
    }),
  )
  return buildAliases(found.flat())
}

function listNamed({ main }: PlaceState): string[] {
  const aliases = main?.deployment.spec.template.spec.hostAliases ?? []
  return aliases.flatMap(({ hostnames = [] }) => hostnames)
}

/** Links of the settings by whose names the pods find nothing: also where the other side came later. */
export function findLinkDrift(place: KubernetesPlace, state: PlaceState): Observation['drift'] {
  if (!state.main || state.main.revision === 0) return []
  const named = listNamed(state)
  return listLinks(place.settings, place.environment)
    .filter(({ app }) => !named.includes(app))
    .map(({ app }) => ({ field: `link ${app}`, wanted: 'its address', found: 'absent' }))
}

/** Those by whose names the pods that are there find nothing yet. */
export function previewLinks({ environment, settings }: KubernetesPlace, state: PlaceState): Change[] {
  const named = listNamed(state)
  return listLinks(settings, environment)
    .filter(({ app }) => !named.includes(app))
    .map((to) => ({ action: 'create', object: `link ${nameLinked(to)}`, fields: [] }))
}
