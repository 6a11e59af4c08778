import { ProblemError, type Right } from '@stevedore/contract'

export function unauthenticated(detail: string): ProblemError {
  return new ProblemError('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer realm="stevedore"' } })
}

export function lacksRight(right: Right): ProblemError {
  return new ProblemError('forbidden', `This needs a token with the right to ${right}.`)
}

export function outsideScope(): ProblemError {
  return new ProblemError('forbidden', 'This concerns more than the token’s app or environment.')
}

export function unavailable(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('unavailable', detail, { headers: { 'retry-after': '2' }, cause })
}

/** Neither that it was kept nor that it was not can be said. */
export function inDoubt(cause?: unknown): ProblemError {
  const detail =
    'The ledger did not answer in time: it may have been kept. Repeat it with the same Idempotency-Key, or look first.'
  return new ProblemError('in-doubt', detail, { headers: { 'retry-after': '2' }, cause })
}

export function rateLimited(retryAfterSeconds: number, detail = 'Wait before the next request.'): ProblemError {
  return new ProblemError('rate-limited', detail, {
    headers: { 'retry-after': String(Math.max(1, retryAfterSeconds)) },
  })
}
