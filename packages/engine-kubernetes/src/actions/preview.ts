import type { KubernetesObject } from '@kubernetes/client-node'
import type { Change } from '@stevedore/engine'
import type { Kind } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { listChanges } from '../spec/changes.ts'
import { belongsTo, type KubernetesRelease } from '../spec/names.ts'
import { takePicture } from '../state/place-state.ts'
import { draw } from './action.ts'
import { refuseForeign, rehearse } from './prepare.ts'

/** What a deploy of the release ends with against what is there, each as the server itself would make it; changes nothing. */
export async function preview(reader: NamespaceReader, release: KubernetesRelease): Promise<Change[]> {
  const picture = await takePicture(reader, release)
  refuseForeign(release, picture)
  const blueprint = await draw(reader, release, picture)
  await rehearse(reader, release, picture, blueprint)
  const main = blueprint.rollout ?? blueprint.deployments.main
  const changes: Change[] = []
  for (const object of [...blueprint.around, main]) {
    const change = await previewObject(reader, release, object, object === main ? blueprint.force : true)
    if (change) changes.push(change)
  }
  return changes
}

async function previewObject(
  reader: NamespaceReader,
  release: KubernetesRelease,
  object: KubernetesObject,
  force: boolean,
): Promise<Change | undefined> {
  const name = object.metadata?.name ?? ''
  const label = `${object.kind} ${name}`
  // Secret objects are written without being read: their names come from their content, so there is nothing to compare.
  const found = object.kind === 'Secret' ? undefined : await reader.get(object.kind as Kind, name, object.apiVersion)
  if (object.kind === 'Service' && found && !belongsTo(found, release)) return undefined
  const fields = listChanges(found, await reader.dryRun(object, force))
  if (!found) return { action: 'create', object: label, fields }
  return fields.length > 0 ? { action: 'update', object: label, fields } : undefined
}
