import { cutText, FailureError, quoteForeign } from '@stevedore/contract'

/** What a registry's answer means for a job. Call it for anything but 2xx; 404 is the caller's to judge. */
export function toRegistryError(response: Response, body: string): FailureError {
  const { status } = response
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'))
  const extra = {
    diagnosis: `HTTP ${status} ${cutText(quoteForeign(body), 500)}`.trim(),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
  if (status === 429) return new FailureError('registry-throttled', extra)
  if (status === 401 || status === 403) return new FailureError('registry-denied', extra)
  return new FailureError(status >= 500 ? 'registry-unreachable' : 'registry-refused', extra)
}

/** Seconds or a date; more than an hour is cut to one. */
export function parseRetryAfter(value: string | null, nowMs = Date.now()): number | undefined {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : undefined
}

export function unreachable(cause: unknown): FailureError {
  const reason = (cause as { cause?: { message?: string } }).cause?.message ?? (cause as Error).message
  return new FailureError('registry-unreachable', { diagnosis: quoteForeign(reason), cause })
}
