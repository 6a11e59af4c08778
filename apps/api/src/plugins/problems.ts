import type { Socket } from 'node:net'
import { notFound, type ProblemCode, ProblemError, problems } from '@stevedore/contract'
import type { ConnectionError, FastifyInstance } from 'fastify'
import { describeProblem, problemMediaType, sendProblem } from '../problem-reply.ts'
import type { AnyRoute } from '../route.ts'

/** Every refusal leaves as a problem; what went wrong inside is for the log alone. */
export function addProblems(app: FastifyInstance, routes: readonly Pick<AnyRoute, 'method' | 'url'>[]): void {
  const patterns = routes.map((route) => ({ method: route.method, matches: toPattern(route.url) }))

  app.setErrorHandler((error, request, reply) => {
    sendProblem(request, reply, error)
  })
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1)
    const methods = patterns.filter(({ matches }) => matches.test(path)).map(({ method }) => method)
    sendProblem(request, reply, methods.length > 0 ? refuseMethod(methods) : notFound())
  })
}

function refuseMethod(methods: string[]): ProblemError {
  const allow = [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)].sort().join(', ')
  return new ProblemError('method-not-allowed', `It takes ${allow}.`, { headers: { allow } })
}

function toPattern(url: string): RegExp {
  return new RegExp(`^${url.replaceAll(/[.*]/g, '\\$&').replaceAll(/:[A-Za-z]+/g, '[^/]+')}$`)
}

const socketCodes: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
}

/** What HTTP's own parser refuses never becomes a request: answered on the socket, which is then closed. */
export function refuseSocket(error: ConnectionError, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const code = isLongLine(error) ? 'uri-too-long' : (socketCodes[error.code ?? ''] ?? 'bad-request')
  const { status, title } = problems[code]
  const body = JSON.stringify(describeProblem(new ProblemError(code, `${title}.`), ''))
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${problemMediaType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function isLongLine({ code, rawPacket }: ConnectionError): boolean {
  // Fastify's types say what JSON would make of it; it is a Buffer, or absent.
  const start = Buffer.isBuffer(rawPacket) ? rawPacket.subarray(0, 8_192) : undefined
  return code === 'HPE_HEADER_OVERFLOW' && start !== undefined && !start.includes('\n')
}
