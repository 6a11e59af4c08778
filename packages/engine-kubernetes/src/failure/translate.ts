import { type FailureCode, FailureError, inOrder } from '@stevedore/contract'
import { ApiError } from '../client/api-error.ts'

/** An ApiError in the contract's words; anything else (a fence, an abort, a fault of ours) as it is. */
export function translateError(error: unknown): unknown {
  return error instanceof ApiError ? toFailureError(error) : error
}

function toFailureError(error: ApiError): FailureError {
  const { status, message, retryAfterMs, conflicts } = error
  const fail = (code: FailureCode, diagnosis = message) => new FailureError(code, { diagnosis, cause: error })
  if (conflicts.length > 0) return fail('field-conflict', describeConflicts(error))
  if (error.isTransient || error.isStale)
    return new FailureError('cluster-unreachable', {
      diagnosis: message,
      cause: error,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  if (error.isUnknownField) return fail('manifests-invalid')
  if (status === 401) return fail('forbidden-by-cluster', 'the cluster does not accept the credentials')
  if (status === 403) return explainForbidden(error)
  if (error.isNamespaceAbsent) return fail('namespace-missing')
  if (status === 404) return fail('config-missing')
  if (status === 400 || status === 422) return fail('admission-denied')
  return new FailureError('internal', { detail: `${status}: ${message}`, cause: error })
}

function explainForbidden(error: ApiError): FailureError {
  const right = readLackingRight(error.message)
  if (!right) return new FailureError(classifyRefusal(error.message), { diagnosis: error.message, cause: error })
  const diagnosis = `missing: the right to ${right} (${error.message.trim()})`
  return new FailureError('forbidden-by-cluster', { diagnosis, cause: error })
}

const isNotFound = inOrder(/service ?account|configmap|secret|priority ?class/i, / not found/i)

/** What an admission stage of the API server says no with. */
export function classifyRefusal(message: string): FailureCode {
  if (/exceeded quota|must specify (limits|requests)/.test(message)) return 'quota-exceeded'
  if (/can be resized|must support resize/.test(message)) return 'volume-fixed'
  if (isNotFound.test(message)) return 'config-missing'
  return 'admission-denied'
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
function describeConflicts({ conflicts }: ApiError): string {
  const owners = conflicts.map(({ field, message }) => {
    const manager = /conflict with "([^"]+)"/.exec(message)?.[1] ?? message
    return `${field.replace(/^\./, '')} belongs to ${manager}`
  })
  return `${owners.join('\n')}\nforce: true takes them over`
}

/** The one place where what the cluster says becomes what the contract says. */
export async function translated<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw translateError(error)
  }
}
