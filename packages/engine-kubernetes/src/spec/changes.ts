import type { Change } from '@stevedore/engine'
import { type Fields, identify, isFields, joinField, showValue } from './fields.ts'
import { namesFiles } from './files.ts'
import { keys } from './labels.ts'

interface FieldChange {
  field: string
  from?: unknown
  to?: unknown
}

/** Every field that differs between an object and what it would become, less what the server mints or Stevedore only notes. */
export function listChanges(found: object | undefined, becoming: object): Change['fields'] {
  const [before, after] = [found === undefined ? undefined : { ...found }, { ...becoming }]
  const hidden = 'kind' in after && after.kind === 'Secret'
  const show = (field: string, value: unknown) => (hidden && isData(field) ? '(hidden)' : showValue(value))
  return compare(before && strip(before), strip(after), '')
    .filter(({ field }) => !isNote(field))
    .map(({ field, from, to }) => ({
      field,
      ...(from === undefined ? {} : { from: show(field, from) }),
      ...(to === undefined ? {} : { to: show(field, to) }),
    }))
}

function isData(field: string): boolean {
  return /^(data|stringData)\b/.test(field)
}

/** A dry run has no revision yet, and its cause is not a change. */
const noted = [keys.applied, keys.promotion, keys.revision, keys.changeCause, keys.clusterRevision]

function isNote(field: string): boolean {
  return noted.some((key) => field.endsWith(`[${key}]`)) || namesFiles.test(field)
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

function strip({ apiVersion: _v, kind: _k, status: _s, metadata, ...fields }: Fields): Fields {
  const kept = Object.entries(metadata ?? {}).filter(([key]) => !minted.includes(key))
  return { metadata: Object.fromEntries(kept), ...fields }
}

function compare(from: unknown, to: unknown, field: string): FieldChange[] {
  if (isNothing(from) && isNothing(to)) return []
  if ((isTree(from) || isNothing(from)) && (isTree(to) || isNothing(to))) return compareTrees(from, to, field)
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ field, from, to }]
}

function compareTrees(from: unknown, to: unknown, field: string): FieldChange[] {
  const [before, after] = [toMap(from), toMap(to)]
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names.flatMap((name) =>
    compare(before.get(name), after.get(name), name.startsWith('[') ? `${field}${name}` : joinField(field, name)),
  )
}

/** Lists of plain values and empty things are compared as a whole. */
function isTree(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object')
  return isFields(value) && Object.keys(value).length > 0
}

function isNothing(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

function toMap(value: unknown): Map<string, unknown> {
  if (Array.isArray(value)) return new Map(value.map((item, index) => [`[${identify(item) ?? index}]`, item]))
  return new Map(isFields(value) ? Object.entries(value) : [])
}
