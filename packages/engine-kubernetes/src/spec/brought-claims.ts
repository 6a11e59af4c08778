import { FailureError } from '@stevedore/contract'
import type { Manifest, ManifestOf } from '../client/kinds.ts'
import { type Claim, chooseSize } from './claims.ts'
import { belongsTo, keys, objectLabels } from './labels.ts'
import type { KubernetesRelease } from './place.ts'

type BroughtClaim = ManifestOf<'PersistentVolumeClaim'>

export function isClaim(object: Manifest): object is BroughtClaim {
  return object.kind === 'PersistentVolumeClaim'
}

/**
 * The claims of manifests. One that is there stays as it is but for a size that grows: an earlier revision that asks for less is returned to
 * all the same.
 * @param found those that are there
 * @throws FailureError `volume-taken` for one that is not the environment's, `volume-fixed` for one that would have to become another
 */
export function buildBroughtClaims(
  brought: readonly Manifest[],
  release: KubernetesRelease,
  found: readonly Claim[],
): BroughtClaim[] {
  return brought.filter(isClaim).map((claim) => {
    const present = found.find(({ metadata }) => metadata.name === claim.metadata.name)
    if (present) requireSame(claim, present, release)
    return buildClaim(claim, release, present)
  })
}

function buildClaim(claim: BroughtClaim, release: KubernetesRelease, present: Claim | undefined): BroughtClaim {
  const { metadata, spec } = claim
  const { requests, ...limited } = spec.resources ?? {}
  const storage = chooseSize(String(requests?.storage ?? ''), present?.spec.resources?.requests?.storage)
  const { accessModes, storageClassName, volumeMode } = { ...spec, ...dropUndefined(present?.spec ?? {}) }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...metadata,
      namespace: release.settings.namespace,
      labels: { ...metadata.labels, ...objectLabels(release), [keys.volume]: metadata.name },
      annotations: { ...metadata.annotations, [keys.origin]: 'manifests' },
    },
    spec: {
      ...dropUndefined({ accessModes, storageClassName, volumeMode }),
      resources: { ...limited, requests: { storage } },
    },
  }
}

function dropUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

function requireSame({ metadata: { name }, spec }: BroughtClaim, present: Claim, release: KubernetesRelease): void {
  if (!belongsTo(present, release))
    throw new FailureError('volume-taken', {
      diagnosis: `PersistentVolumeClaim ${name} was made by others, and is left to them: take another name, or label it as the environment's`,
    })
  const faults = [
    tell('accessModes', present.spec.accessModes?.toSorted().join(', '), spec.accessModes?.toSorted().join(', ')),
    tell('storageClassName', present.spec.storageClassName, spec.storageClassName),
    tell('volumeMode', present.spec.volumeMode, spec.volumeMode),
  ].filter((fault) => fault !== undefined)
  if (faults.length === 0) return
  throw new FailureError('volume-fixed', {
    diagnosis: `PersistentVolumeClaim ${name}: ${faults.join('; ')}: what is in it stays as it is, take another name for the new one`,
  })
}

/** What the manifests do not say is the cluster's choice. */
function tell(field: string, present: string | undefined, wanted: string | undefined): string | undefined {
  if (wanted === undefined || wanted === present) return undefined
  return `${field} ${present ?? '(none)'} cannot become ${wanted}`
}
