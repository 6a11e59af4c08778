import type { KubernetesObject } from '@kubernetes/client-node'
import type { Change } from '@stevedore/engine'
import { identify, joinField } from './difference.ts'
import { keys } from './names.ts'

type Field = Change['fields'][number]

/** Every field that differs between an object and what it would become, less what the server mints or Stevedore only notes. */
export function listChanges(found: KubernetesObject | undefined, becoming: KubernetesObject): Field[] {
  const hidden = becoming.kind === 'Secret'
  const changes = compare(found && strip(found), strip(becoming), '')
  return changes
    .filter(({ field }) => !isNote(field))
    .map(({ field, from, to }) => ({
      field,
      ...(from === undefined ? {} : { from: show(from, hidden && isData(field)) }),
      ...(to === undefined ? {} : { to: show(to, hidden && isData(field)) }),
    }))
}

function isNote(field: string): boolean {
  return noted.some((key) => field.endsWith(`[${key}]`))
}

function isData(field: string): boolean {
  return /^(data|stringData)\b/.test(field)
}

function show(value: unknown, hidden: boolean): string {
  if (hidden) return '(hidden)'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const minted = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'namespace',
  'name',
]
/** A dry run has no revision yet, and its cause is not a change. */
const noted: string[] = [
  keys.applied,
  keys.promotion,
  keys.revision,
  keys.changeCause,
  'deployment.kubernetes.io/revision',
]

function strip(object: KubernetesObject): object {
  const { apiVersion: _v, kind: _k, metadata, ...rest } = object as KubernetesObject & { status?: unknown }
  const { status: _s, ...fields } = rest as { status?: unknown }
  return { metadata: stripMetadata(metadata), ...fields }
}

function stripMetadata(metadata: KubernetesObject['metadata']): object {
  return Object.fromEntries(Object.entries(metadata ?? {}).filter(([key]) => !minted.includes(key)))
}

function compare(from: unknown, to: unknown, field: string): { field: string; from?: unknown; to?: unknown }[] {
  if (isNothing(from) && isNothing(to)) return []
  if ((isTree(from) || isNothing(from)) && (isTree(to) || isNothing(to)))
    return compareTrees(toMap(from), toMap(to), field)
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ field, from, to }]
}

function compareTrees(from: Map<string, unknown>, to: Map<string, unknown>, field: string) {
  const names = [...new Set([...from.keys(), ...to.keys()])]
  return names.flatMap((name): { field: string; from?: unknown; to?: unknown }[] =>
    compare(from.get(name), to.get(name), name.startsWith('[') ? `${field}${name}` : joinField(field, name)),
  )
}

/** Lists of plain values and empty things are compared as a whole. */
function isTree(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) ? value.some((item) => typeof item === 'object') : Object.keys(value).length > 0
}

function isNothing(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

function toMap(value: unknown): Map<string, unknown> {
  if (Array.isArray(value)) return new Map(value.map((item, index) => [`[${identify(item) ?? index}]`, item]))
  return new Map(Object.entries((value ?? {}) as object))
}
