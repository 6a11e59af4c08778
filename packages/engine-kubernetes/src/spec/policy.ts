import type { KubernetesObject } from '@kubernetes/client-node'
import { type Facts, fields, quote, type Table } from './allowed/rule.ts'
import { kindTables } from './allowed/tables.ts'
import { type Fields, isFields } from './fields.ts'
import { nameObjects } from './names.ts'

/** An object of a source's manifests: what it says of itself, until it has been found allowed. */
export type SourceObject = KubernetesObject

/** Where what an object of another kind is for is said instead. */
const insteadOf: Readonly<Record<string, string>> = {
  Secret: 'store secrets by `stevedore secret put` and name them under `secrets` in the spec',
  StatefulSet: 'bring a Deployment that is replaced by `Recreate`, with a PersistentVolumeClaim',
  Job: 'name `migrate` in the spec, or bring a CronJob',
  Role: 'rights are the operator’s to give, to a ServiceAccount of the app’s name',
  RoleBinding: 'rights are the operator’s to give, to a ServiceAccount of the app’s name',
}
const shownKinds = kindTables.map(({ title }) => title).join(', ')

/** What of a source's manifests is not allowed, each as `object: path why: what instead`; all at once. */
export function findViolations(objects: readonly SourceObject[], facts: Facts): string[] {
  return objects.flatMap((object) =>
    judgeObject(object, { ...facts, own: findOwn(object, facts) }).map((why) => `${nameOf(object)}: ${why}`),
  )
}

/** What is said of the pods of an object that makes some. */
function findOwn(object: SourceObject, { pods }: Facts): Facts['own'] {
  return pods.find(({ kind, name }) => kind === object?.kind && name === object.metadata?.name)
}

function judgeObject(object: SourceObject, facts: Facts): string[] {
  if (!isFields(object)) return ['it is not an object']
  const table = findTable(object)
  if (table)
    return [
      ...fields(table, { required: listRequired(table) }).judge(object, '', facts),
      ...requireSelector(object, facts),
    ]
  const { apiVersion, kind } = object
  const instead = typeof kind === 'string' && Object.hasOwn(insteadOf, kind) ? insteadOf[kind] : undefined
  return [
    `${show(apiVersion)} ${show(kind)} is not a kind that may be deployed: ${instead ?? `these are: ${shownKinds}`}`,
  ]
}

function listRequired({ rows }: Table): string[] {
  return ['apiVersion', 'kind', 'metadata', ...(Object.hasOwn(rows, 'spec') ? ['spec'] : [])]
}

function findTable({ kind }: Fields): Table | undefined {
  return kindTables.find(({ title }) => title === kind)
}

/** Of the environment's own Service the route sets it; another without one would lead wherever somebody makes it lead. */
function requireSelector({ kind, metadata, spec }: Fields, { release }: Facts): string[] {
  if (kind !== 'Service' || !isFields(spec) || spec.selector != null) return []
  if (isFields(metadata) && metadata.name === nameObjects(release).service) return []
  return ['spec.selector is missing: name labels of the manifests’ own pods']
}

function nameOf(object: SourceObject): string {
  if (!isFields(object)) return 'manifest'
  const { kind, metadata } = object
  return `${show(kind)} ${show(isFields(metadata) ? metadata.name : undefined)}`
}

function show(value: unknown): string {
  return typeof value === 'string' && value !== '' ? quote(value) : '(none)'
}
