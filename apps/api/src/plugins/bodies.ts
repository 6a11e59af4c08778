import type { Readable } from 'node:stream'
import { ProblemError } from '@stevedore/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readJson } from '../json-body.ts'
import type { AnyRoute } from '../route.ts'
import { watchArrival } from '../watch-arrival.ts'

const jsonLimitBytes = 1_048_576

/**
 * How a scope's routes get their body. The type must be one of those named, to the letter: a lenient reading is how validation
 * gets skipped.
 */
export function addBodyReader(scope: FastifyInstance, bodyAs: AnyRoute['bodyAs']): void {
  scope.removeAllContentTypeParsers()
  scope.addHook('preParsing', async (request, reply, payload) =>
    isRead(request) ? watchArrival(payload as Readable, reply.raw) : payload,
  )
  if (bodyAs === undefined) addJson(scope)
  else if (bodyAs.kind === 'stream') addStream(scope, bodyAs.mediaTypes)
  else addRaw(scope, bodyAs.limitBytes)
}

function addRaw(scope: FastifyInstance, bodyLimit: number): void {
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, async (_: unknown, bytes: unknown) => bytes)
}

function addJson(scope: FastifyInstance): void {
  scope.addHook('preParsing', async (request) => {
    if (!isEmpty(request) && !/^application\/json(; ?charset=utf-8)?$/i.test(request.headers['content-type'] ?? ''))
      throw new ProblemError('unsupported-media-type', 'Send the body as application/json.')
  })
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: jsonLimitBytes },
    async (_: unknown, bytes: unknown) => readJson(bytes as Buffer),
  )
}

function addStream(scope: FastifyInstance, mediaTypes: readonly string[]): void {
  scope.addHook('preParsing', async (request) => {
    if (!mediaTypes.includes(request.headers['content-type'] ?? ''))
      throw new ProblemError('unsupported-media-type', `Send the body as ${mediaTypes.join(' or ')}.`)
  })
  scope.addContentTypeParser('*', async (_: unknown, payload: unknown) => payload)
}

function isEmpty(request: FastifyRequest): boolean {
  const { 'content-length': length, 'transfer-encoding': chunked } = request.headers
  return chunked === undefined && (length === undefined || length === '0')
}

function isRead(request: FastifyRequest): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD' && !isEmpty(request)
}
