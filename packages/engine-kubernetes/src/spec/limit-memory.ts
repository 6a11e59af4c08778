import type { V1ResourceRequirements } from '@kubernetes/client-node'
import { memoryBytes } from '@stevedore/contract'

/**
 * Resources with the worker's limit of memory where they name none: never less than what they request, and no request in place of one
 * that is not named, which Kubernetes would make of the limit and find no node for.
 * @param memory a quantity; undefined leaves all as it is
 */
export function limitMemory(
  resources: V1ResourceRequirements | undefined,
  memory: string | undefined,
): { resources?: V1ResourceRequirements } {
  if (memory === undefined || resources?.limits?.memory !== undefined) return resources ? { resources } : {}
  const requested = resources?.requests?.memory
  const limit = requested !== undefined && readBytes(requested) > memoryBytes(memory) ? requested : memory
  return {
    resources: {
      ...resources,
      requests: { ...resources?.requests, memory: requested ?? '0' },
      limits: { ...resources?.limits, memory: limit },
    },
  }
}

/** Of a quantity of manifests, which may be a number, have a fraction, or count thousandths. */
function readBytes(quantity: string | number): number {
  const [, count = '0', unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]{0,2})$/.exec(String(quantity)) ?? []
  return unit === 'm' ? Number(count) / 1000 : Number(count) * memoryBytes(`1${unit}`)
}
