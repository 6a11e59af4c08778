import { FailureError } from '@stevedore/contract'
import { type Observation, type TrafficSample, toPercent } from '@stevedore/engine'
import type { Host } from './host.ts'

/** Host by host, so that what fails on the first leaves the rest as they were. The failure says which host it was. */
export async function runInTurn(
  hosts: Host[],
  work: (host: Host) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (const host of hosts) {
    signal.throwIfAborted()
    try {
      await work(host)
    } catch (error) {
      throw nameHost(error, host)
    }
  }
}

function nameHost(error: unknown, { name }: Host): unknown {
  if (!name || !(error instanceof FailureError)) return error
  const { code, message, detail, retryAfterMs } = error
  const diagnosis = `on host ${name}: ${error.diagnosis ?? message}`
  return new FailureError(code, {
    message,
    diagnosis,
    cause: error,
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** All replicas; the mean of the hosts' traffic, since each host has its own share of the requests. */
export function mergeObservations(seen: Observation[]): Observation {
  const address = seen.find((one) => one.address)?.address
  return {
    replicas: seen.flatMap(({ replicas }) => replicas),
    traffic: averageTraffic(seen.map(({ traffic }) => traffic).filter((traffic) => Object.keys(traffic).length > 0)),
    drift: seen.flatMap(({ drift }) => drift),
    ...(address ? { address } : {}),
  }
}

function averageTraffic(shares: Record<number, number>[]): Record<number, number> {
  const sums: Record<number, number> = {}
  for (const [revision, percent] of shares.flatMap((share) => Object.entries(share)))
    sums[Number(revision)] = (sums[Number(revision)] ?? 0) + percent
  return toPercent(sums)
}

export function addSamples(samples: (TrafficSample | undefined)[]): TrafficSample | undefined {
  const present = samples.filter((one) => one !== undefined)
  if (present.length === 0) return undefined
  const requests = present.reduce((sum, one) => sum + one.requests, 0)
  const errors = present.reduce((sum, one) => sum + one.errors, 0)
  const timeMs = present.reduce((sum, one) => sum + one.requests * (one.latencyMs ?? 0), 0)
  return { requests, errors, latencyMs: requests > 0 ? timeMs / requests : undefined }
}
