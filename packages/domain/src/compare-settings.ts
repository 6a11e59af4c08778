/** One difference; null where there is nothing. */
export interface SettingChange {
  /** `image`, `env.LOG_LEVEL`, `environments.staging.health.path`. */
  path: string
  from: unknown
  to: unknown
}

/** In what two documents differ, by path. A list is compared as a whole. */
export function compareSettings(from: object, to: object): SettingChange[] {
  const [before, after] = [new Map(listLeaves(from, [])), new Map(listLeaves(to, []))]
  const paths = [...new Set([...before.keys(), ...after.keys()])]
  return paths
    .map((path) => ({ path, from: before.get(path) ?? null, to: after.get(path) ?? null }))
    .filter((change) => JSON.stringify(change.from) !== JSON.stringify(change.to))
}

function listLeaves(value: unknown, path: string[]): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path.join('.'), value]]
  return Object.entries(value).flatMap(([name, inner]) => listLeaves(inner, [...path, name]))
}
