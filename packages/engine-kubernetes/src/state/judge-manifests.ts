import { FailureError } from '@stevedore/contract'
import type { Kind, Manifest } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { isNamedForApp } from '../spec/allowed/own.ts'
import type { Facts } from '../spec/allowed/rule.ts'
import { kindTables } from '../spec/allowed/tables.ts'
import { isFields } from '../spec/fields.ts'
import { belongsTo, isOfAnother } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import { findViolations, readPodFacts, type SourceObject } from '../spec/policy.ts'
import { dropUnsaid } from '../spec/unsaid.ts'

interface Named {
  kind: Kind
  name: string
  version?: string | undefined
}

/** More would not be read. */
const maxFaults = 50

/**
 * The objects without what is null, if all that they hold is allowed, and nothing in them is others' on the cluster.
 * @throws FailureError `policy-violation` with all that is not
 */
export async function requireAllowed(
  reader: NamespaceReader,
  brought: readonly SourceObject[],
  release: KubernetesRelease,
): Promise<Manifest[]> {
  const objects = dropUnsaid(brought)
  const violations = await findAllViolations(reader, objects, release)
  if (violations.length === 0) return objects as Manifest[]
  const more = violations.length - maxFaults
  const shown = [...violations.slice(0, maxFaults), ...(more > 0 ? [`and ${more} more`] : [])]
  throw new FailureError('policy-violation', { diagnosis: shown.join('\n') })
}

async function findAllViolations(
  reader: NamespaceReader,
  objects: readonly SourceObject[],
  release: KubernetesRelease,
): Promise<string[]> {
  const brought = listNamed(objects)
  const isBrought = (kind: Kind, name: string) => brought.some((one) => one.kind === kind && one.name === name)
  const asked: Named[] = []
  const facts: Facts = {
    release,
    granted: reader.allowedInManifests,
    ...readPodFacts(objects, release),
    isOwn(kind, name) {
      if (!isBrought(kind, name)) asked.push({ kind, name })
      return true
    },
  }
  findViolations(objects, facts)
  const given = await Promise.all(asked.map((one) => isOfPlace(reader, one, release)))
  const isGiven = (kind: Kind, name: string) =>
    asked.some((one, index) => one.kind === kind && one.name === name && given[index])
  const isOwn = (kind: Kind, name: string) => isBrought(kind, name) || isGiven(kind, name)
  const onCluster = await Promise.all(brought.map((one) => refuseTaken(reader, one, release)))
  return [...findViolations(objects, { ...facts, isOwn }), ...onCluster.flat(), ...(await findDiverted(reader, facts))]
}

function listNamed(objects: readonly SourceObject[]): Named[] {
  return objects.flatMap((object) => {
    if (!isFields(object)) return []
    const { kind, apiVersion, metadata } = object as SourceObject
    const table = kindTables.find(
      ({ title, apiVersions }) => title === kind && apiVersions.includes(String(apiVersion)),
    )
    const name: unknown = metadata?.name
    // What is no name is refused by the table, and nothing to ask for.
    if (!table || typeof name !== 'string' || !/^[a-z0-9][a-z0-9.-]{0,252}$/.test(name)) return []
    return [{ kind: table.title, name, version: apiVersion }]
  })
}

async function isOfPlace(reader: NamespaceReader, { kind, name }: Named, place: KubernetesRelease): Promise<boolean> {
  const found = await reader.get(kind, name)
  return found !== undefined && belongsTo(found, place)
}

/** What is there by the name of an object of the manifests, and is others'. */
async function refuseTaken(reader: NamespaceReader, one: Named, release: KubernetesRelease): Promise<string[]> {
  const { kind, name, version } = one
  // The environment's own K8sDeployment has a name of its own, and its Service is used as it stands.
  if (kind === 'Deployment' || (kind === 'Service' && name === nameObjects(release).service)) return []
  const found = await reader.get(kind, name, version)
  if (!found || belongsTo(found, release)) return []
  const mayTakeOver = !isOfAnother(found, release) && kind !== 'ServiceAccount' && kind !== 'Service'
  if (mayTakeOver && isNamedForApp(release, name)) return []
  return [
    `${kind} ${name}: metadata.name is of one that exists and is others': choose another, such as ${release.app}-…`,
  ]
}

/**
 * Pods that carry the labels which a Service of others chooses by would get what is sent to those. A name tells whose it is only where no
 * label does: `shop-admin` is an app as well as a name of `shop`'s.
 */
async function findDiverted(
  reader: NamespaceReader,
  { release, podLabels }: Pick<Facts, 'release' | 'podLabels'>,
): Promise<string[]> {
  const services = await reader.list('Service', {})
  const own = nameObjects(release).service
  return services
    .filter((service) => !belongsTo(service, release) && service.metadata.name !== own)
    .filter((service) => isOfAnother(service, release) || !isNamedForApp(release, service.metadata.name))
    .filter(({ spec }) => isMetBy(spec.selector, podLabels))
    .map(({ metadata: { name }, spec }) => {
      const labels = Object.keys(spec.selector ?? {}).join(', ')
      return `spec.template.metadata.labels: the Service ${name} of others would lead to these pods by ${labels}: choose other labels`
    })
}

function isMetBy(selector: Record<string, string> = {}, labels: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(selector)
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value)
}
