import { cutText } from '@stevedore/contract'
import type { Kind } from '../../client/kinds.ts'
import { isFields } from '../fields.ts'
import type { KubernetesRelease } from '../place.ts'
import type { PodFacts } from '../pod-facts.ts'

/** What a manifest is judged by besides itself. */
export interface Facts {
  release: KubernetesRelease
  /** What the manifests say of all pods that they make. */
  pods: readonly PodFacts[]
  /** Of the object that is judged, where it makes pods. */
  own?: PodFacts | undefined
  /** Whether an object is one of the manifests, or the environment's own on the cluster. */
  isOwn(kind: Kind, name: string): boolean
  /** `kind:what`, as the operator gave it to manifests besides; a final `*` stands for any rest. */
  granted: readonly string[]
}

/** One line of the table: what a field may hold. */
export interface Rule {
  /** What is allowed, as the guide and a refusal word it. */
  says: string
  /** What the parts of the value may hold. */
  table?: Table
  /** @returns `path: why` for all that is not allowed */
  judge(value: unknown, at: string, facts: Facts): string[]
}

/** The fields that an object or a part of one may have. Any other is refused. */
export interface Table {
  title: string
  rows: Readonly<Record<string, Rule>>
}

/** Foreign words as they may be shown: cut, and nothing in them that is not seen. */
export function quote(text: string): string {
  const shown = cutText(text, 100)
  return shown.replace(/[^\x20-\x7e…]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`)
}

export function showForeign(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : quote(value)
  if (Array.isArray(value)) return 'a list'
  return isFields(value) ? 'an object' : String(value)
}

/** A key with dots (a label's) is set in brackets, so that a path can be read back. */
export function fieldOf(parent: string, key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,60}$/.test(key)) return `${parent}[${quote(key)}]`
  return parent === '' ? key : `${parent}.${key}`
}

export function isGranted({ granted }: Facts, what: string): boolean {
  return granted.some((entry) => (entry.endsWith('*') ? what.startsWith(entry.slice(0, -1)) : what === entry))
}

/** What an operator may add for one that is refused. */
export function grantHint(what: string): string {
  return `or have the operator add ${quote(what)} to ALLOWED_IN_MANIFESTS`
}

/** A field by its value alone, or by that and the facts. */
export function rule(says: string, isAllowed: (value: unknown, facts: Facts) => boolean, instead?: string): Rule {
  return {
    says,
    judge(value, at, facts) {
      if (isAllowed(value, facts)) return []
      return [`${at} may be ${says}, not ${showForeign(value)}${instead ? `: ${instead}` : ''}`]
    },
  }
}

/** One of which it is said why it is not there, and what is. */
export function never(instead: string): Rule {
  return { says: `never: ${instead}`, judge: (_, at) => [`${at} is not for manifests: ${instead}`] }
}

/** An object with these fields and no other. */
export function fields(table: Table, { required = [] }: { required?: readonly string[] } = {}): Rule {
  return {
    says: `see ${table.title}`,
    table,
    judge(value, at, facts) {
      if (!isFields(value)) return [`${at} has to be an object, not ${showForeign(value)}`]
      const lacking = required.filter((key) => !Object.hasOwn(value, key) || value[key] === null)
      return [
        ...lacking.map((key) => `${fieldOf(at, key)} is missing`),
        ...Object.entries(value).flatMap(([key, inner]) => judgeField(table, key, inner, at, facts)),
      ]
    },
  }
}

function judgeField({ rows }: Table, key: string, value: unknown, at: string, facts: Facts): string[] {
  const path = fieldOf(at, key)
  const row = Object.hasOwn(rows, key) ? rows[key] : undefined
  if (!row) return [`${path} is not a field that manifests may have: leave it out`]
  return row.judge(value, path, facts)
}

/** A list of at most a thousand, since each is judged by itself. */
export function list(item: Rule, { required = false } = {}): Rule {
  return {
    says: `a list: ${item.says}`,
    ...(item.table ? { table: item.table } : {}),
    judge(value, at, facts) {
      if (!Array.isArray(value)) return [`${at} has to be a list, not ${showForeign(value)}`]
      if (value.length > 1_000) return [`${at} holds more than 1000 items`]
      if (required && value.length === 0) return [`${at} is empty`]
      return value.flatMap((inner, index) => item.judge(inner, `${at}[${index}]`, facts))
    },
  }
}

/** An object whose keys are its author's. */
export function map(says: string, judgeEntry: (key: string, value: unknown, facts: Facts) => string | undefined): Rule {
  return {
    says,
    judge(value, at, facts) {
      if (!isFields(value)) return [`${at} has to be an object, not ${showForeign(value)}`]
      return Object.entries(value).flatMap(([key, inner]) => {
        const why = judgeEntry(key, inner, facts)
        return why === undefined ? [] : [`${fieldOf(at, key)} ${why}`]
      })
    },
  }
}

export const flag = rule('`true` or `false`', (value) => typeof value === 'boolean')
export const text = rule('a text', (value) => typeof value === 'string')
export const texts = list(text)

export function number(min: number, max: number): Rule {
  return rule(
    `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  )
}

export function only(...values: readonly (string | boolean)[]): Rule {
  return onlyBut(undefined, ...values)
}

export function onlyBut(instead: string | undefined, ...values: readonly (string | boolean)[]): Rule {
  const says = values.map((value) => `\`${value}\``).join(', ')
  return rule(says, (value) => values.includes(value as string), instead)
}

export function shaped(says: string, pattern: RegExp, instead?: string): Rule {
  return rule(says, (value) => typeof value === 'string' && value.length <= 4_096 && pattern.test(value), instead)
}

export const objectName = shaped('the name of an object', /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/)
export const shortName = shaped('a name', /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,251}[A-Za-z0-9])?$/)
export const quantity = rule('a quantity', (value) => isQuantity(value))

function isQuantity(value: unknown): boolean {
  if (typeof value === 'number') return value >= 0
  return typeof value === 'string' && /^\d{1,15}(\.\d{1,9})?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/.test(value)
}

export const countOrPercent = rule(
  'a whole number or a percentage',
  (value) => (Number.isInteger(value) && Number(value) >= 0) || (typeof value === 'string' && /^\d{1,3}%$/.test(value)),
)
export const port = number(1, 65_535)
export const portOrName = rule(
  'a port by number or name',
  (value) => (Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65_535) || isPortName(value),
)
function isPortName(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,14}$/.test(value)
}
export const protocol = only('TCP', 'UDP', 'SCTP')
