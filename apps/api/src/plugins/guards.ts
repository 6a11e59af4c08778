import { ProblemError } from '@stevedore/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiContext } from '../context.ts'
import { unavailable } from '../refusals.ts'
import { isForeign } from './is-foreign.ts'

const maxUrlLength = 8_192
const maxHeaderBytes = 16_384

const headers = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // With `no-referrer` a browser hides the origin of the own forms as well.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

/** What is refused of any request before it is looked at, and what every answer carries. */
export function addGuards(app: FastifyInstance, context: ApiContext): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    if (context.closing.aborted) throw unavailable('The server is stopping.')
    refuseSize(request)
    if (!/^[A-Za-z0-9.:[\]_-]*$/.test(request.headers.host ?? ''))
      throw new ProblemError('bad-request', 'Host is no host.')
    refuseEncoding(request)
    refuseForeign(request, context.config.url)
  })
}

function refuseSize(request: FastifyRequest): void {
  if (request.url.length > maxUrlLength) throw new ProblemError('uri-too-long', `At most ${maxUrlLength} characters.`)
  const bytes = request.raw.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0)
  if (bytes > maxHeaderBytes) throw new ProblemError('headers-too-large', `At most ${maxHeaderBytes} bytes.`)
}

/** Nothing is unpacked, so nothing can grow. */
function refuseEncoding(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new ProblemError('unsupported-media-type', 'Send the body without compression.')
}

function refuseForeign({ method, headers }: FastifyRequest, ownUrl: string): void {
  const { origin, host, 'sec-fetch-site': fetchSite } = headers
  const site = typeof fetchSite === 'string' ? fetchSite : undefined
  if (isForeign({ method, origin, host, site }, ownUrl))
    throw new ProblemError(
      'foreign-origin',
      'This site may not call Stevedore; its own address is set by STEVEDORE_URL.',
    )
}
