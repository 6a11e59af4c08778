import type { FailureCode } from '@stevedore/contract'
import { FailureError, quoteForeign } from '@stevedore/contract'

/** A status where one stands, `HTTP 429`, `status: 429`, `status code [manifests 1]: 429`: a bare number may be anything. */
function matchStatus(digits: string, others: string): RegExp {
  return new RegExp(
    String.raw`\b(?:HTTP|status)(?: code| status| from \w{1,10} request to \S{1,500}?){0,3}(?: \[[^\]]{0,500}\])?:? ${digits}\b|${others}`,
    'i',
  )
}

/** What the engine, its builder and the registry behind it say, in the order in which it is judged: the first match wins. */
const meanings: readonly [RegExp, FailureCode][] = [
  [/no space left on device|disk quota exceeded/i, 'no-space'],
  // Of networks: before 25, and since.
  [/available, non-overlapping IPv[46] address pool|address pools have been fully subscribed/i, 'host-failed'],
  [/port is already allocated|address already in use|ports are not available/i, 'port-taken'],
  [matchStatus('429', 'toomanyrequests|too many requests'), 'registry-throttled'],
  [
    matchStatus(
      '40[13]',
      String.raw`no basic auth credentials|unauthorized|authentication required|incorrect username or password|access forbidden|requested access to the resource is denied|\b403 forbidden|^denied\b`,
    ),
    'registry-denied',
  ],
  [/manifest for \S+ not found/i, 'image-missing'],
  [
    /no such image|manifest unknown|repository does not exist|repository name not known|tag does not exist|does not exist locally/i,
    'image-missing',
  ],
  [/cannot connect to the docker daemon|is the docker daemon running|error during connect/i, 'engine-unreachable'],
  [
    matchStatus(
      '50[0-4]',
      String.raw`\b50[0-4] (internal server error|not implemented|bad gateway|service unavailable|gateway time-?out)|dial tcp|i\/o timeout|no such host|tls handshake|client\.timeout exceeded|connection reset by peer|received unexpected http status|http: server gave http response|x509:|context deadline exceeded|unexpected EOF`,
    ),
    'registry-unreachable',
  ],
  [/cannot allocate memory|out of memory|oom-?kill|pids limit|resource temporarily unavailable/i, 'resource-exceeded'],
  [
    /oci runtime|executable file not found|failed to create (shim|task)|unable to start container process|unable to find user|exec format error/i,
    'container-start-failed',
  ],
]

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EACCES',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPROTO',
])

/** The failure that a text of the engine stands for, where it is a known one. */
export function recognizeFailure(text: string): FailureCode | undefined {
  return meanings.find(([form]) => form.test(text))?.[1]
}

/**
 * Understands what dockerode threw. What the engine said goes into the diagnosis, without credentials that an address may hold.
 * An abort by the caller's signal is no failure of the engine: then the signal's own reason comes back, to be thrown as it is.
 * @param fallback the failure when the text says nothing known
 */
export function toFailureError(error: unknown, fallback: FailureCode = 'internal', signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason
  if (error instanceof FailureError) return error
  const said = quoteForeign(readReason(error))
  const code = isConnectionLost(error) ? 'engine-unreachable' : (recognizeFailure(said) ?? fallback)
  return new FailureError(code, { diagnosis: said, cause: error })
}

/** Runs one call of the engine; whatever it throws leaves as `toFailureError` reads it. */
export async function callEngine<T>(work: () => Promise<T>, fallback?: FailureCode, signal?: AbortSignal): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toFailureError(error, fallback, signal)
  }
}

/** For `.catch` on a call of the engine: undefined for these of its statuses, all else is thrown on. */
export function ignoreStatus(...statuses: number[]): (error: unknown) => undefined {
  return (error) => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error
  }
}

/** The engine's HTTP status, where the error carries one: 404 for absent, 409 for a conflict, 304 for nothing to do. */
function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  return typeof status === 'number' ? status : undefined
}

function isConnectionLost(error: unknown): boolean {
  if (statusOf(error) !== undefined || !(error instanceof Error)) return false
  const code = (error as NodeJS.ErrnoException).code
  return (
    (code !== undefined && unreachable.has(code)) || error.name === 'TimeoutError' || error.message === 'socket hang up'
  )
}

/** dockerode puts the engine's own words into `json.message`, between its own around them. */
function readReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const json = (error as { json?: { message?: unknown } | null }).json
  return typeof json?.message === 'string' ? json.message : error.message
}
