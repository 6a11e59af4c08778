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

export function rateLimited(retryAfterSeconds: number): ProblemError {
  return new ProblemError('rate-limited', 'Wait before the next request.', {
    headers: { 'retry-after': String(Math.max(1, retryAfterSeconds)) },
  })
}
