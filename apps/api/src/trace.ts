import { parseTraceparent, readTraceparent } from '@stevedore/telemetry'
import type { FastifyRequest } from 'fastify'

/** The trace that a request is answered in; where this process makes none, that of the caller goes on all the same. */
export function readCallersTrace({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return readTraceparent() ?? parseTraceparent(headers.traceparent)
}
