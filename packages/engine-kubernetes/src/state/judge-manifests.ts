import { FailureError } from '@stevedore/contract'
import { ApiError } from '../client/api-error.ts'
import type { Kind, Manifest } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { isNamedForApp } from '../spec/allowed/own.ts'
import type { Facts } from '../spec/allowed/rule.ts'
import { kindTables } from '../spec/allowed/tables.ts'
import { isFields } from '../spec/fields.ts'
import { belongsTo, isOfAnother } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import { findServing, meets, type PodFacts, readPodFacts } from '../spec/pod-facts.ts'
import { findViolations, type SourceObject } from '../spec/policy.ts'
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
 * @throws FailureError `policy-violation` with all that is not, `config-missing` for a ServiceAccount that is not there
 */
export async function requireAllowed(
  reader: NamespaceReader,
  brought: readonly SourceObject[],
  release: KubernetesRelease,
): Promise<Manifest[]> {
  const objects = dropUnsaid(brought)
  const violations = await findAllViolations(reader, objects, release)
  if (violations.length === 0) {
    await requireAccounts(reader, objects, release)
    return objects as Manifest[]
  }
  const more = violations.length - maxFaults
  const shown = [...violations.slice(0, maxFaults), ...(more > 0 ? [`and ${more} more`] : [])]
  throw new FailureError('policy-violation', { diagnosis: shown.join('\n') })
}

async function findAllViolations(
  reader: NamespaceReader,
  objects: readonly SourceObject[],
  release: KubernetesRelease,
): Promise<string[]> {
  const serving = findServing(objects, release)
  const brought = listNamed(objects.filter((object) => object !== serving))
  const isBrought = (kind: Kind, name: string) => brought.some((one) => one.kind === kind && one.name === name)
  const asked: Named[] = []
  const facts: Facts = {
    release,
    granted: reader.allowedInManifests,
    pods: readPodFacts(objects, release),
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
  const found = await orUnseen(kind, reader.get(kind, name))
  return found !== undefined && belongsTo(found, place)
}

/** What runs, holds data or is an identity is its owner's, whatever it is called. */
const neverTaken: readonly Kind[] = ['ServiceAccount', 'Service', 'Deployment', 'CronJob', 'PersistentVolumeClaim']

/** What whoever made it by another hand may do. */
const takenHints: Partial<Record<Kind, string>> = {
  Deployment: ', or delete it where it is the app’s',
  CronJob: ', or delete it where it is the app’s',
  PersistentVolumeClaim:
    ', or label it `app.kubernetes.io/managed-by=stevedore`, `stevedore.io/app=APP` and `stevedore.io/environment=ENVIRONMENT` where it is the app’s',
}

/** What is there by the name of an object of the manifests, and is others'. */
async function refuseTaken(reader: NamespaceReader, one: Named, release: KubernetesRelease): Promise<string[]> {
  const { kind, name, version } = one
  // Its Service is used as it stands.
  if (kind === 'Service' && name === nameObjects(release).service) return []
  const served = kind === 'CronJob' ? (await reader.readCapabilities()).cron : version
  const found = await reader.get(kind, name, served)
  if (!found || belongsTo(found, release)) return []
  const mayTakeOver = !isOfAnother(found, release) && !neverTaken.includes(kind)
  if (mayTakeOver && isNamedForApp(release, name)) return []
  const instead = takenHints[kind] ?? ''
  return [
    `${kind} ${name}: metadata.name is of one that exists and is others': choose another, such as ${release.app}-…${instead}`,
  ]
}

/**
 * Pods that carry the labels which a Service of others chooses by would get what is sent to those. A name tells whose it is only where no
 * label does: `shop-admin` is an app as well as a name of `shop`'s.
 */
async function findDiverted(
  reader: NamespaceReader,
  { release, pods }: Pick<Facts, 'release' | 'pods'>,
): Promise<string[]> {
  const services = await reader.list('Service', {})
  const own = nameObjects(release).service
  return services
    .filter((service) => !belongsTo(service, release) && service.metadata.name !== own)
    .filter((service) => isOfAnother(service, release) || !isNamedForApp(release, service.metadata.name))
    .filter(({ spec }) => isMetBySome(spec.selector, pods))
    .map(({ metadata: { name }, spec }) => {
      const labels = Object.keys(spec.selector ?? {}).join(', ')
      return `spec.template.metadata.labels: the Service ${name} of others would lead to these pods by ${labels}: choose other labels`
    })
}

function isMetBySome(matchLabels: Record<string, string> = {}, pods: readonly PodFacts[]): boolean {
  return pods.some(({ labels }) => meets({ matchLabels }, labels))
}

/** A Role from before manifests had claims does not let them be looked at: then none is known to be the environment's. */
async function orUnseen<T>(kind: Kind, found: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (kind === 'PersistentVolumeClaim' && error instanceof ApiError && error.status === 403) return undefined
    throw error
  }
}

/** One that the operator gives is never made here. @throws FailureError `config-missing` */
async function requireAccounts(
  reader: NamespaceReader,
  objects: readonly SourceObject[],
  release: KubernetesRelease,
): Promise<void> {
  const brought = listNamed(objects).filter(({ kind }) => kind === 'ServiceAccount')
  const asked = new Set(readPodFacts(objects, release).flatMap(({ account }) => account ?? []))
  for (const name of asked) {
    if (name === 'default' || brought.some((one) => one.name === name)) continue
    if (await reader.get('ServiceAccount', name)) continue
    throw new FailureError('config-missing', {
      diagnosis: `ServiceAccount ${name}, which the manifests name, is not in ${release.settings.namespace}: have the operator make it, or bring one of the app's name`,
    })
  }
}
