import type { WorkerView } from '@stevedore/contract'

/** A Docker engine or a cluster, as the workers that live see it. */
export interface Site {
  name: string
  /** Workers that it answers. */
  reached: string[]
  /** Workers that it does not answer, since when, and why. */
  away: { worker: string; since: string; reason: string }[]
}

/** What the workers work on, by name; what does not answer first. */
export function listSites(workers: readonly WorkerView[]): Site[] {
  const sites = new Map<string, Site>()
  for (const { id, sites: own, away } of workers.filter(({ live }) => live)) {
    for (const { site, since, reason } of away) findSite(sites, site).away.push({ worker: id, since, reason })
    for (const name of own) if (!away.some(({ site }) => site === name)) findSite(sites, name).reached.push(id)
  }
  return [...sites.values()].sort((a, b) => b.away.length - a.away.length || (a.name < b.name ? -1 : 1))
}

function findSite(sites: Map<string, Site>, name: string): Site {
  const site = sites.get(name) ?? { name, reached: [], away: [] }
  sites.set(name, site)
  return site
}
