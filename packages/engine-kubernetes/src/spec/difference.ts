import { cpuCores, memoryBytes } from '@stevedore/contract'
import { identify, isFields, joinField } from './fields.ts'

interface Difference {
  /** `spec.template.spec.containers[web].image` */
  field: string
  wanted: unknown
  found: unknown
}

/** What of `wanted` is other in `found`; fields that `wanted` does not speak of do not count. */
export function findDifferences(wanted: unknown, found: unknown, field = ''): Difference[] {
  if (wanted === undefined || wanted === null) return []
  if (Array.isArray(wanted)) return compareLists(wanted, Array.isArray(found) ? found : [], field)
  if (!isFields(wanted)) return isSameScalar(wanted, found) ? [] : [{ field, wanted, found }]
  if (found === undefined && Object.keys(wanted).length === 0) return []
  if (!isFields(found)) return [{ field, wanted, found }]
  return Object.entries(wanted).flatMap(([key, value]) => findDifferences(value, found[key], joinField(field, key)))
}

function compareLists(wanted: unknown[], found: unknown[], field: string): Difference[] {
  const place = (item: unknown, index: number) => `${field}[${identify(item) ?? index}]`
  const own = wanted.flatMap((item, index) => {
    const match = findCounterpart(item, index, found)
    return match === undefined
      ? [{ field: place(item, index), wanted: item, found: undefined }]
      : findDifferences(item, match, place(item, index))
  })
  const strangers = found.flatMap((item, index) =>
    findCounterpart(item, index, wanted) === undefined
      ? [{ field: place(item, index), wanted: undefined, found: item }]
      : [],
  )
  return [...own, ...strangers]
}

/** The item of another list that is the same one: by what it is known by, else by its position. */
function findCounterpart(item: unknown, index: number, others: unknown[]): unknown {
  const id = identify(item)
  return id === undefined ? others[index] : others.find((other) => identify(other) === id)
}

/** The server writes quantities its own way: `1000m` comes back as `1`. */
function isSameScalar(wanted: unknown, found: unknown): boolean {
  if (wanted === found) return true
  if (typeof wanted !== 'string' || typeof found !== 'string') return String(wanted) === String(found ?? '')
  return isSameQuantity(wanted, found, cpuCores) || isSameQuantity(wanted, found, memoryBytes)
}

function isSameQuantity(wanted: string, found: string, measure: (text: string) => number): boolean {
  if (!/^\d/.test(wanted) || !/^\d/.test(found)) return false
  try {
    return measure(wanted) === measure(found)
  } catch {
    // What is no quantity is not the same one: the text has been compared already.
    return false
  }
}
