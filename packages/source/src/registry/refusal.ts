import { FailureError, quoteForeign } from '@stevedore/contract'

interface Refusal {
  status: number
  headers: { 'retry-after'?: string | undefined }
  body: Buffer
}

/** What a registry's answer means for a job. Call it for anything but 2xx; 404 is the caller's to judge. */
export function toRegistryError({ status, headers, body }: Refusal): FailureError {
  const retryAfterMs = parseRetryAfter(headers['retry-after'])
  const extra = {
    diagnosis: quoteForeign(`HTTP ${status} ${quoteReasons(body)}`.trim()),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
  if (status === 429) return new FailureError('registry-throttled', extra)
  if (status === 401 || status === 403) return new FailureError('registry-denied', extra)
  return new FailureError(status >= 500 ? 'registry-unreachable' : 'registry-refused', extra)
}

const longestReason = 300

/**
 * What a registry gives as its reasons, in the form that registries have for them, or its token server as its details. Nothing else of
 * an answer is handed on: who answered may be no registry at all.
 */
function quoteReasons(body: Buffer): string {
  const { errors, details } = parseObject(body)
  const reasons = Array.isArray(errors)
    ? errors.slice(0, 5).map((one) => [one?.code, one?.message].filter((text) => typeof text === 'string').join(': '))
    : [details].filter((text) => typeof text === 'string')
  return reasons.map((reason) => reason.slice(0, longestReason)).join('; ')
}

function parseObject(body: Buffer): { errors?: unknown; details?: unknown } {
  try {
    return Object(JSON.parse(body.toString()))
  } catch {
    return {}
  }
}

/** Seconds or a date; more than an hour is cut to one. */
export function parseRetryAfter(value: string | undefined, nowMs = Date.now()): number | undefined {
  if (value === undefined) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : undefined
}
