import { EngineError, maskAddresses } from '@stevedore/engine'

/** What a registry's answer means for a job. Call it for anything but 2xx; 404 is the caller's to judge. */
export function toRegistryError(response: Response, body: string): EngineError {
  const { status } = response
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'))
  const extra = {
    diagnosis: maskAddresses(`HTTP ${status} ${body.slice(0, 500)}`.trim()),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
  if (status === 429) return new EngineError('registry-throttled', extra)
  if (status === 401 || status === 403) return new EngineError('registry-denied', extra)
  return new EngineError(status >= 500 ? 'registry-unreachable' : 'registry-refused', extra)
}

/** Seconds or a date; a wish beyond an hour is not taken over. */
export function parseRetryAfter(value: string | null, nowMs = Date.now()): number | undefined {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : undefined
}

export function unreachable(cause: unknown): EngineError {
  const reason = (cause as { cause?: { message?: string } }).cause?.message ?? (cause as Error).message
  return new EngineError('registry-unreachable', { diagnosis: maskAddresses(reason), cause })
}
