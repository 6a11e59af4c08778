import { type Problem, type ProblemCode, ProblemError, problems, problemTypeBase } from '@stevedore/contract'
import { InDoubtError, isLedgerAway } from '@stevedore/ledger'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { inDoubt, unavailable } from './refusals.ts'

/** Any error as a refusal that is safe to show: what is not meant for callers becomes `internal` with a fixed text. */
function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof InDoubtError) return inDoubt(error)
  if (isLedgerAway(error)) return unavailable('The ledger does not answer; nothing was kept.', error)
  const { code, statusCode } = Object(error) as Partial<FastifyError>
  const known = code === undefined ? undefined : fastifyCodes[code]
  if (known) return new ProblemError(known[0], known[1], { cause: error })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new ProblemError(statusCodes[statusCode] ?? 'bad-request', 'The request cannot be read.', { cause: error })
  if (statusCode === 503) return unavailable('It does not answer at the moment.', error)
  return new ProblemError('internal', 'Give the correlation id to the operator.', { cause: error })
}

const fastifyCodes: Record<string, [ProblemCode, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload-too-large', 'The body is larger than this address takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_EMPTY_TYPE: ['unsupported-media-type', 'Say what the body is in Content-Type.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad-request', 'Content-Length does not match the body.'],
  FST_ERR_BAD_URL: ['bad-request', 'The address is not well formed.'],
}

const statusCodes: Record<number, ProblemCode> = {
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'payload-too-large',
}

/** The body of a refusal. @param correlationId also in the logs */
export function describeProblem(error: ProblemError, correlationId: string): Problem {
  const { status, title } = problems[error.code]
  return {
    type: `${problemTypeBase}${error.code}`,
    title,
    status,
    detail: error.message,
    instance: correlationId,
    ...(error.faults ? { faults: error.faults } : {}),
  }
}

export const problemMediaType = 'application/problem+json'

/** Answers with a refusal; what went wrong inside is for the log alone. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const problem = answerProblem(request, reply, error)
  return reply.type(problemMediaType).send(JSON.stringify(describeProblem(problem, request.id)))
}

/** All of a refusal's answer but its body, for whoever words that in another way. */
export function answerProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): ProblemError {
  const problem = toProblemError(error)
  if (problem.code === 'internal') request.log.error({ err: problem.cause }, 'failed')
  else if (problem.code === 'unavailable' || problem.code === 'in-doubt')
    request.log.warn({ err: problem.cause }, problem.code)
  if (!request.raw.complete) leaveBody(request, reply)
  reply.code(problem.status).headers(problem.headers)
  return problem
}

/** Far more than the rest of a body takes on a slow way; a sender that means harm has no more of it than an open connection. */
const lingerMs = 10_000

/**
 * A connection that is closed upon bytes nobody has read is reset, and the answer lost with it: the rest of the body is thrown away for a
 * while, and only what does not end by then is cut.
 */
function leaveBody({ raw }: FastifyRequest, reply: FastifyReply): void {
  reply.removeHeader('connection')
  reply.raw.once('finish', () => {
    raw.unpipe()
    raw.resume()
    setTimeout(() => {
      if (!raw.complete) raw.destroy()
    }, lingerMs).unref()
  })
}
