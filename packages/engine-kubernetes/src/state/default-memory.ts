import type { V1LimitRangeItem } from '@kubernetes/client-node'
import { chooseAppLimits } from '@stevedore/contract'
import type { Release } from '@stevedore/engine'
import { ApiError } from '../client/api-error.ts'
import type { NamespaceReader } from '../client/namespace.ts'

/**
 * The worker's limit for containers that name none; undefined where the namespace has one of its own: what its LimitRange says of
 * memory holds for what is left unsaid, and a limit beside it might be refused. So it may where they cannot be seen.
 */
export async function readDefaultMemory(
  reader: NamespaceReader,
  { defaultMemory }: Pick<Release, 'defaultMemory'> = {},
): Promise<string | undefined> {
  const { memory } = chooseAppLimits(defaultMemory, reader.appLimits)
  if (memory === undefined) return undefined
  const ranges = await reader.list('LimitRange', {}).catch(ignoreForbidden)
  return ranges?.every(({ spec }) => !spec.limits.some(speaksOfMemory)) ? memory : undefined
}

function speaksOfMemory({ type, ...bounds }: V1LimitRangeItem): boolean {
  if (type === 'PersistentVolumeClaim') return false
  return Object.values(bounds).some((bound) => typeof bound === 'object' && 'memory' in bound)
}

function ignoreForbidden(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 403) return undefined
  throw error
}
