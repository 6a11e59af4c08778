import { FailureError } from '@stevedore/contract'
import { ApiError } from '../client/api-error.ts'
import { classifyRefusal } from './creation-trouble.ts'

/** An ApiError in the contract's words; anything else (a fence, an abort, a fault of ours) as it is. */
export function translateError(error: unknown): unknown {
  return error instanceof ApiError ? toFailureError(error) : error
}

function toFailureError(error: ApiError): FailureError {
  const { status, message, conflicts } = error
  if (conflicts.length > 0) return describeConflict(error)
  if (error.isTransient || error.isStale)
    return new FailureError('cluster-unreachable', {
      diagnosis: message,
      cause: error,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    })
  if (status === 401)
    return new FailureError('forbidden-by-cluster', {
      diagnosis: 'the cluster does not accept the credentials',
      cause: error,
    })
  if (status === 403) return describeForbidden(error)
  if (status === 404) return new FailureError('config-missing', { diagnosis: message, cause: error })
  if (status === 400 || status === 422)
    return new FailureError('admission-denied', { diagnosis: message, cause: error })
  return new FailureError('internal', { detail: `${status}: ${message}`, cause: error })
}

function describeForbidden(error: ApiError): FailureError {
  const right = readLackingRight(error.message)
  if (!right) return new FailureError(classifyRefusal(error.message), { diagnosis: error.message, cause: error })
  const diagnosis = `missing: the right to ${right} (${error.message.trim()})`
  return new FailureError('forbidden-by-cluster', { diagnosis, cause: error })
}

/**
 * `patch deployments.apps` of `deployments.apps "shop" is forbidden: User "x" cannot patch resource "deployments" in API group "apps"
 * in the namespace "y"`. An apply that would create the object is refused without a reason: `deployments.apps "shop" is forbidden: `.
 */
export function readLackingRight(message: string): string | undefined {
  const [, verb, resource, group] = /cannot (\S+) resource "([^"]+)"(?: in API group "([^"]*)")?/.exec(message) ?? []
  if (verb !== undefined) return `${verb} ${resource}${group ? `.${group}` : ''}`
  const [, created] = /^(\S+) "[^"]*" is forbidden:\s*$/.exec(message) ?? []
  return created && `create ${created}`
}

/** `conflict with "helm" using apps/v1` per field. */
function describeConflict(error: ApiError): FailureError {
  const owners = error.conflicts.map(({ field, message }) => {
    const manager = /conflict with "([^"]+)"/.exec(message)?.[1] ?? message
    return `${field.replace(/^\./, '')} belongs to ${manager}`
  })
  return new FailureError('field-conflict', {
    diagnosis: `${owners.join('\n')}\nforce: true takes them over`,
    cause: error,
  })
}
