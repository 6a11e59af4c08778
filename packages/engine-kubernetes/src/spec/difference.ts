import { cpuCores, memoryBytes } from '@stevedore/contract'

export interface Difference {
  /** `spec.template.spec.containers[web].image` */
  field: string
  wanted: unknown
  found: unknown
}

/**
 * What of `wanted` is other in `found`; fields that `wanted` does not speak of do not count. List items that have a name,
 * a mount path or a container port are matched by it, as the API server does.
 */
export function findDifferences(wanted: unknown, found: unknown, field = ''): Difference[] {
  if (wanted === undefined || wanted === null) return []
  if (Array.isArray(wanted)) return compareLists(wanted, Array.isArray(found) ? found : [], field)
  if (typeof wanted === 'object') {
    if (found === undefined && Object.keys(wanted).length === 0) return []
    if (typeof found !== 'object' || found === null) return [{ field, wanted, found }]
    return Object.entries(wanted).flatMap(([key, value]) =>
      findDifferences(value, (found as Record<string, unknown>)[key], joinField(field, key)),
    )
  }
  return isSameScalar(wanted, found) ? [] : [{ field, wanted, found }]
}

/** A key with dots (a label's) is set in brackets, so that a path can be read back. */
export function joinField(parent: string, key: string): string {
  if (/[./]/.test(key)) return `${parent}[${key}]`
  return parent === '' ? key : `${parent}.${key}`
}

function compareLists(wanted: unknown[], found: unknown[], field: string): Difference[] {
  const own = wanted.flatMap((item, index) => {
    const id = identify(item)
    const match = id === undefined ? found[index] : found.find((other) => identify(other) === id)
    const at = `${field}[${id ?? index}]`
    return match === undefined ? [{ field: at, wanted: item, found: undefined }] : findDifferences(item, match, at)
  })
  const strangers = found.filter((item, index) => {
    const id = identify(item)
    return id === undefined ? index >= wanted.length : !wanted.some((other) => identify(other) === id)
  })
  return own.concat(
    strangers.map((item) => ({
      field: `${field}[${identify(item) ?? found.indexOf(item)}]`,
      wanted: undefined,
      found: item,
    })),
  )
}

export function identify(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined
  const { name, mountPath, containerPort, topologyKey } = item as Record<string, unknown>
  const id = mountPath ?? name ?? containerPort ?? topologyKey
  return id === undefined ? undefined : String(id)
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
    return false
  }
}
