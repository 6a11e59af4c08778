import { type ConsoleFile, readConsole } from '@stevedore/console'
import { notFound } from '@stevedore/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export const consolePath = '/console'
/** Behind the version of all files together: what a browser has of them is good for ever. */
export const consoleAssetsUrl = `${consolePath}/assets/:version/*`
/** What is served here, for whoever asks which methods an address takes. */
export const consoleUrls = [consolePath]

/**
 * The web console: one page for all of its addresses, and what that loads. It holds nothing of anybody, so it is there before one signs in;
 * all that it shows it asks the API for. What a request names is looked up in what the first one had read, and never on the disk.
 */
export function addConsole(app: FastifyInstance): void {
  const sendPage = async (request: FastifyRequest, reply: FastifyReply) => {
    const { page, policy } = await readConsole()
    return send(request, reply.header('content-security-policy', policy), page, 'no-cache')
  }
  app.get(consolePath, sendPage)
  app.get(`${consolePath}/*`, sendPage)
  app.get(consoleAssetsUrl, async (request, reply) => {
    const { version: wanted, '*': path } = request.params as { version: string; '*': string }
    const { assets, version } = await readConsole()
    const file = assets.get(path)
    if (!file) throw notFound()
    // Of another release, whose page is still open: it may be answered differently by the next API that is asked.
    return send(request, reply, file, wanted === version ? 'public, max-age=31536000, immutable' : 'no-cache')
  })
}

function send(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile, keep: string): FastifyReply {
  reply.header('cache-control', keep).header('etag', file.etag).header('vary', 'accept-encoding')
  if (isKnown(request.headers['if-none-match'] ?? '', file.etag)) return reply.code(304).send()
  const [encoding, bytes] = choosePacked(request.headers['accept-encoding'] ?? '', file)
  if (encoding) reply.header('content-encoding', encoding)
  return reply.type(file.mediaType).send(bytes)
}

/** A proxy that packs what it passes on marks the name of it: `W/"…"`. */
function isKnown(known: string, etag: string): boolean {
  return known.split(',').some((name) => name.trim().replace(/^W\//, '') === etag)
}

function choosePacked(accepted: string, file: ConsoleFile): [encoding: string | undefined, bytes: Buffer] {
  if (takes(accepted, 'br')) return ['br', file.brotli]
  if (takes(accepted, 'gzip')) return ['gzip', file.gzip]
  return [undefined, file.plain]
}

/** What comes with `q=0` is not taken. */
function takes(accepted: string, encoding: string): boolean {
  return accepted.split(',').some((entry) => {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
