/** One difference; null where there is nothing. */
export interface SettingChange {
  /** `image`, `env.LOG_LEVEL`, `environments.staging.health.path`. */
  path: string
  from: unknown
  to: unknown
}

/** In what two documents differ, by path. A list is compared as a whole; of a long text it is shown where the two part. */
export function compareSettings(from: object, to: object): SettingChange[] {
  const [before, after] = [new Map(listLeaves(from, [])), new Map(listLeaves(to, []))]
  const paths = [...new Set([...before.keys(), ...after.keys()])]
  return paths
    .map((path) => ({ path, from: before.get(path) ?? null, to: after.get(path) ?? null }))
    .filter((change) => JSON.stringify(change.from) !== JSON.stringify(change.to))
    .map(showParting)
}

/** As much of a text as is shown of it. */
const shownLength = 400
/** How much of it is what both have. */
const commonLength = 80

/** A file of many lines is changed in one: where two long texts begin alike, that is left out. */
function showParting({ path, from, to }: SettingChange): SettingChange {
  if (![from, to].some((one) => typeof one === 'string' && one.length > shownLength)) return { path, from, to }
  const start = Math.max(0, countCommon(String(from ?? ''), String(to ?? '')) - commonLength)
  const show = (value: unknown) => (typeof value === 'string' ? cutOut(value, start) : value)
  return { path, from: show(from), to: show(to) }
}

function countCommon(one: string, other: string): number {
  let count = 0
  while (count < one.length && one[count] === other[count]) count += 1
  return count
}

function cutOut(text: string, start: number): string {
  const end = start + shownLength
  return `${start > 0 ? '… ' : ''}${text.slice(start, end)}${end < text.length ? ` … (${text.length} characters)` : ''}`.toWellFormed()
}

function listLeaves(value: unknown, path: string[]): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path.join('.'), value]]
  return Object.entries(value).flatMap(([name, inner]) => listLeaves(inner, [...path, name]))
}
