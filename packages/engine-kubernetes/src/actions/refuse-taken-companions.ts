import { listServices } from '@stevedore/contract'
import type { Kind } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { nameCompanion } from '../spec/companions.ts'
import { belongsTo, keys } from '../spec/labels.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import { refuseStranger } from './write-objects.ts'

/** Of what a companion is made of. Claims are judged apart, and Secret objects are not read. */
const kinds: Kind[] = ['StatefulSet', 'Service', 'ServiceAccount', 'NetworkPolicy']

/** @throws FailureError `policy-violation` where a name of a companion's is another's */
export async function refuseTakenCompanions(reader: NamespaceReader, place: KubernetesPlace): Promise<void> {
  for (const { name } of listServices(place.settings))
    await refuseTakenCompanion(reader, place, name, nameCompanion(place, name))
}

/** @param called what its objects are called */
export async function refuseTakenCompanion(
  reader: NamespaceReader,
  place: KubernetesPlace,
  name: string,
  called: string,
): Promise<void> {
  const found = await Promise.all(kinds.map((kind) => reader.get(kind, called)))
  for (const [index, object] of found.entries())
    if (object && !(belongsTo(object, place) && object.metadata.labels?.[keys.service] === name))
      throw refuseStranger({ kind: kinds[index] as Kind, metadata: object.metadata })
}
