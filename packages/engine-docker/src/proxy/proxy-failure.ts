import { EngineError } from '@stevedore/engine'

/** @param detail what HAProxy said, for the operator */
export function proxyFailure(diagnosis: string, detail?: string): EngineError {
  return new EngineError('proxy-failed', { diagnosis, ...(detail === undefined ? {} : { detail }) })
}
