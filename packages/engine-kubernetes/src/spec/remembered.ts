import { createHash } from 'node:crypto'
import { FailureError } from '@stevedore/contract'
import type { Manifest, ManifestOf, ObjectOfKind } from '../client/kinds.ts'
import { keys, objectLabels } from './labels.ts'
import { nameObjects } from './names.ts'
import type { KubernetesPlace, KubernetesRelease } from './place.ts'

/** A cluster keeps objects of up to a mebibyte. */
const limitBytes = 900_000

/** Its own for each revision, and gone with it. */
export function nameRemembered(place: KubernetesPlace, revision: number): string {
  return `${nameObjects(place).main}-manifests-r${revision}`
}

/**
 * What a revision's manifests brought beside what serves, for who returns to it without its source, and the mark that its K8sDeployment bears
 * of it: whoever may change a ConfigMap may not thereby change what a rollback brings.
 * @throws FailureError `manifests-invalid` for more than fits
 */
export function buildRemembered(
  release: KubernetesRelease,
  beside: readonly Manifest[],
): { object: ManifestOf<'ConfigMap'>; mark: string } {
  const text = JSON.stringify(beside)
  if (Buffer.byteLength(text) > limitBytes)
    throw new FailureError('manifests-invalid', {
      diagnosis: `the Deployments beside the one that serves, the CronJobs and the claims have more than ${limitBytes} bytes in all: leave some out`,
    })
  const { revision, settings } = release
  const object: ManifestOf<'ConfigMap'> = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: nameRemembered(release, revision),
      namespace: settings.namespace,
      labels: { ...objectLabels(release), [keys.revision]: String(revision) },
      annotations: { [keys.beside]: 'objects' },
    },
    data: { objects: text },
  }
  return { object, mark: digest(text) }
}

export function holdsRemembered({ kind, metadata }: Manifest): boolean {
  return kind === 'ConfigMap' && metadata.annotations?.[keys.beside] !== undefined
}

/** @throws FailureError `needs-attention` for one that is gone or other than it was */
export function readRemembered(
  place: KubernetesPlace,
  revision: number,
  mark: string,
  found: Pick<ObjectOfKind['ConfigMap'], 'data'> | undefined,
): Manifest[] {
  const text = found?.data?.objects
  if (text !== undefined && digest(text) === mark) return JSON.parse(text)
  const what = text === undefined ? 'is gone' : 'was changed'
  throw new FailureError('needs-attention', {
    diagnosis: `ConfigMap ${nameRemembered(place, revision)}, which keeps what the manifests of revision ${revision} brought, ${what}: deploy its version anew`,
  })
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
