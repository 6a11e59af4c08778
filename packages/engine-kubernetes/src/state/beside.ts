import { FailureError, findCount } from '@stevedore/contract'
import type { Observation } from '@stevedore/engine'
import { ApiError } from '../client/api-error.ts'
import type { CronJob, Deployment, Manifest, ManifestOf } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { isClaim } from '../spec/brought-claims.ts'
import { findClaimFaults, listClaimNames } from '../spec/claim-faults.ts'
import type { Claim } from '../spec/claims.ts'
import { findDifferences } from '../spec/difference.ts'
import { showValue } from '../spec/fields.ts'
import { belongsTo, keys, objectLabels } from '../spec/labels.ts'
import type { KubernetesPlace, KubernetesRelease } from '../spec/place.ts'
import type { BaseManifests } from '../spec/rebase.ts'
import { nameRemembered, readRemembered } from '../spec/remembered.ts'
import { readApplied, readNote } from './drift.ts'
import { findChanges } from './object-drift.ts'
import type { PlaceState } from './place-state.ts'
import type { ProcessWorkload } from './processes.ts'

type Drift = Observation['drift']

/** What a revision's manifests brought beside what serves, as it was built then. @throws FailureError `needs-attention` */
export async function recallBeside(
  reader: NamespaceReader,
  place: KubernetesRelease,
  mark: string | undefined,
): Promise<Manifest[]> {
  if (mark === undefined) return []
  const { revision } = place
  return readRemembered(place, revision, mark, await reader.get('ConfigMap', nameRemembered(place, revision)))
}

/** @throws FailureError `manifests-invalid` for pods that cannot have their claims */
export async function requireClaims(
  reader: NamespaceReader,
  base: BaseManifests,
  release: KubernetesRelease,
): Promise<void> {
  const all = [base.deployment, ...(base.beside ?? []).filter(isDeployment)]
  const asked = new Set(all.flatMap(({ spec }) => listClaimNames(spec.template.spec)))
  const brought = (base.beside ?? []).filter(isClaim).map(({ metadata }) => metadata.name)
  const found = await readNamedClaims(
    reader,
    [...asked].filter((name) => !brought.includes(name)),
  )
  const modes = found
    .filter((claim) => belongsTo(claim, release))
    .map(({ metadata, spec }) => [metadata.name, spec.accessModes ?? []] as const)
  const faults = findClaimFaults(base, release, new Map(modes))
  if (faults.length > 0) throw new FailureError('manifests-invalid', { diagnosis: faults.join('\n') })
}

function isDeployment(object: Manifest): object is ManifestOf<'Deployment'> {
  return object.kind === 'Deployment'
}

/** Those of the manifests that are there. */
export async function readBroughtClaims(reader: NamespaceReader, base: BaseManifests | undefined): Promise<Claim[]> {
  return readNamedClaims(
    reader,
    (base?.beside ?? []).filter(isClaim).map(({ metadata }) => metadata.name),
  )
}

export async function readNamedClaims(reader: NamespaceReader, names: readonly string[]): Promise<Claim[]> {
  const found = await Promise.all(names.map((name) => orNone(reader.get('PersistentVolumeClaim', name))))
  return found.filter((claim) => claim !== undefined)
}

/** A Role of before does not let it look: then Stevedore made none there. */
async function orNone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined
    throw error
  }
}

/** A place's CronJobs of manifests. */
export async function readCronJobs(reader: NamespaceReader, place: KubernetesPlace): Promise<CronJob[]> {
  const { cron } = await reader.readCapabilities()
  const found = (await orNone(reader.list('CronJob', { labels: objectLabels(place) }, cron))) ?? []
  return found.filter(({ metadata }) => metadata.labels?.[keys.cron] !== undefined)
}

/** What somebody did to what the serving revision's manifests brought beside it. */
export async function findBesideDrift(
  reader: NamespaceReader,
  place: KubernetesPlace,
  { main, next, adopted }: PlaceState,
  processes: readonly ProcessWorkload[],
): Promise<Drift> {
  const mark = main && readNote(main, keys.beside)
  if (!main || mark === undefined || next || adopted) return []
  const name = nameRemembered(place, main.revision)
  const kept = await reader.get('ConfigMap', name)
  const objects = orChanged(() => readRemembered(place, main.revision, mark, kept))
  if (!objects) return [{ field: `ConfigMap ${name}`, wanted: 'as it was made', found: kept ? 'changed' : 'absent' }]
  const seen = await Promise.all(objects.map((object) => compare(reader, place, object, processes)))
  return seen.flat()
}

function orChanged<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof FailureError) return undefined
    throw error
  }
}

async function compare(
  reader: NamespaceReader,
  { scale }: KubernetesPlace,
  object: Manifest,
  processes: readonly ProcessWorkload[],
): Promise<Drift> {
  const { kind, metadata, apiVersion } = object
  const at = `${kind} ${metadata.name}`
  const workload = processes.find((one) => one.deployment.metadata.name === metadata.name)
  const version = kind === 'CronJob' ? (await reader.readCapabilities()).cron : apiVersion
  const found = kind === 'Deployment' ? workload?.deployment : await reader.get(kind, metadata.name, version)
  if (!found) return [{ field: at, wanted: 'present', found: 'absent' }]
  const changes =
    kind === 'Deployment' && workload
      ? findDifferences(
          { spec: resized(readApplied(workload), scale, metadata.name) },
          { spec: workload.deployment.spec },
        )
      : findChanges(found)
  return changes.map(({ field, wanted, found: now }) => {
    return { field: `${at} ${field}`, wanted: showValue(wanted), found: showValue(now) }
  })
}

/** A count that a person asked for goes before that of the manifests. */
function resized(spec: Deployment['spec'] | undefined, scale: KubernetesPlace['scale'], name: string) {
  const count = findCount(scale, name)
  return spec && count !== undefined ? { ...spec, replicas: count } : spec
}
