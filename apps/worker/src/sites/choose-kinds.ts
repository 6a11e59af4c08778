import type { JobKind } from '@stevedore/contract'
import type { Engines } from '../engines.ts'
import type { Sites } from './sites.ts'

/**
 * The kinds that a worker takes: all that it can do, and those that no other worker can do either, so that their jobs are told why they
 * wait. A deploy is left to others only where nothing that the worker deploys to answers: what each one needs is seen when it comes.
 */
export function chooseKinds(kinds: readonly JobKind[], { images }: Engines, sites: Sites): JobKind[] {
  const away = new Set(sites.listAway().map(({ site }) => site))
  const names = sites.listNames()
  return kinds.filter((kind) => {
    if (kind === 'build' || kind === 'push')
      return !away.has(images.site.name) || !sites.canOthers(kind, [images.site.name])
    return !names.every((name) => away.has(name)) || !names.some((name) => sites.canOthers(kind, [name]))
  })
}
