import { FailureError } from '@stevedore/contract'
import type Docker from 'dockerode'
import { readLastLines } from '../client/container-log.ts'

/** @param detail what HAProxy said, for the operator */
export function proxyFailure(diagnosis: string, detail?: string): FailureError {
  return new FailureError('proxy-failed', { diagnosis, ...(detail === undefined ? {} : { detail }) })
}

/** What the proxy itself says of why it does not run. */
export async function explainProxy(container: Docker.Container): Promise<FailureError> {
  // That it does not run is known: without its lines the failure says no more.
  const lines = await readLastLines(container, 20).catch(() => [])
  const taken = lines.find((line) => /cannot bind socket|address already in use/i.test(line))
  return new FailureError(taken ? 'port-taken' : 'proxy-failed', { diagnosis: taken ?? lines.join('\n') })
}

/** One that does not fail and yet does not answer: the machine is slow, unless its lines say otherwise. */
export async function explainLate(container: Docker.Container, waitedMs: number): Promise<FailureError> {
  const said = await explainProxy(container)
  if (said.code === 'port-taken' || said.diagnosis?.includes('[ALERT]')) return said
  const diagnosis = [
    `the proxy ${container.id} did not answer within ${waitedMs / 1_000} s of its start`,
    said.diagnosis,
  ]
  return new FailureError('engine-slow', { diagnosis: diagnosis.filter(Boolean).join('\n') })
}
