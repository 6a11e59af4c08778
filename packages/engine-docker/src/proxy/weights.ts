import type { Route } from './route.ts'

/** HAProxy's largest weight of a server. */
const maxWeight = 256

/**
 * Weights of servers, by name, that give each revision its percent of new requests however many replicas it has. A revision's
 * share is a whole number of units, spread over its servers as evenly as whole numbers allow: the share is kept even where each
 * server's part would round to nothing.
 */
export function weighServers({ traffic, servers }: Pick<Route, 'traffic' | 'servers'>): Record<string, number> {
  const groups = Map.groupBy(
    servers.filter(({ leaving }) => !leaving),
    ({ revision }) => revision,
  )
  const busiest = Math.max(...[...groups].map(([revision, group]) => (traffic[revision] ?? 0) / group.length))
  const unitsPerPercent = busiest > 0 ? maxWeight / busiest : 0
  const weights: Record<string, number> = Object.fromEntries(servers.map(({ name }) => [name, 0]))
  for (const [revision, group] of groups) {
    const percent = traffic[revision] ?? 0
    const units = percent > 0 ? Math.max(1, Math.floor(percent * unitsPerPercent + 0.5)) : 0
    for (const [index, { name }] of group.entries()) weights[name] = spread(units, group.length, index)
  }
  return weights
}

/** The part of the server at `index` when `units` are dealt out to `count`. */
function spread(units: number, count: number, index: number): number {
  return Math.min(maxWeight, Math.floor(units / count) + (index < units % count ? 1 : 0))
}
