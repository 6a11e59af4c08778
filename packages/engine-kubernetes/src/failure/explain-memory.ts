import { type AppLimits, chooseMemoryLimit, describeMemoryLimit } from '@stevedore/contract'
import type { Place } from '@stevedore/engine'
import type { Pod } from '../client/kinds.ts'

/** Whose limit of memory a killed container ran into, and the next step. */
export function explainMemory(
  { spec }: Pick<Pod, 'spec'>,
  container: string,
  { settings, appLimits }: { settings: Place['settings']; appLimits: AppLimits },
): string {
  const found = findMemoryLimit(spec, container)
  if (found === undefined) return 'it has no limit of its own: its node had no memory left'
  const limit = chooseMemoryLimit(settings.resources, appLimits)
  if (limit?.memory === found && isMadeBySpec(settings)) return describeMemoryLimit(limit)
  return `its limit of ${found} comes from its manifest, its namespace or this server: set resources.limits.memory in the spec, or for another container than the app's in its manifest`
}

/** As the container's own resources have it, `1Gi`. */
export function findMemoryLimit({ containers, initContainers = [] }: Pod['spec'], name: string): string | undefined {
  return [...containers, ...initContainers].find((one) => one.name === name)?.resources?.limits?.memory
}

function isMadeBySpec(settings: Place['settings']): boolean {
  return settings.engine === 'kubernetes' && settings.manifests === undefined
}
