import { FailureError } from '@stevedore/contract'

/** @param detail what HAProxy said, for the operator */
export function proxyFailure(diagnosis: string, detail?: string): FailureError {
  return new FailureError('proxy-failed', { diagnosis, ...(detail === undefined ? {} : { detail }) })
}
