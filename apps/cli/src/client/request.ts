import type { Operation } from '@stevedore/contract'
import { CliError, exitStatus } from '../exit.ts'

type Texts = Readonly<Record<string, string | number | boolean | undefined>>

/** What is given to an operation, whichever it is. */
export interface RequestInput {
  params?: Texts
  query?: Texts
  /** Sent as JSON; a function gives the stream to send instead. */
  body?: unknown
  headers?: Readonly<Record<string, string | undefined>>
  signal?: AbortSignal
}

interface Caller {
  /** The address of the server. */
  url: string
  token: string | undefined
}

/** The request that an operation comes to with what is given to it. */
export function toRequest({ url, token }: Caller, operation: Operation, input: RequestInput): Request {
  const { type, ...body } = toBody(operation, input.body)
  const headers = {
    accept: acceptOf(operation),
    'content-type': type,
    authorization: token && `Bearer ${token}`,
    ...input.headers,
  }
  return new Request(toUrl(url + fillPath(operation.url, input.params), input.query), {
    method: operation.method,
    redirect: 'error',
    headers: Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    signal: input.signal ?? null,
    ...body,
  })
}

/** A path with its parameters in place, encoded: names come from arguments. */
export function fillPath(path: string, params: Texts = {}): string {
  return path.replaceAll(/:([A-Za-z]+)/g, (_, name) => encodePart(String(params[name] ?? '')))
}

/** Nothing, `.` and `..` would make another path, however they are encoded. */
function encodePart(name: string): string {
  if (/^\.{0,2}$/.test(name)) throw new CliError(exitStatus.usage, `\`${name}\` cannot be the name of anything`)
  return encodeURIComponent(name)
}

function toUrl(address: string, query: Texts = {}): URL {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}

/** Text before Server-Sent Events, where an operation answers with either. */
function acceptOf({ answers: { 200: shape } }: Operation): string | undefined {
  if (typeof shape === 'string') return shape
  if (Array.isArray(shape)) return shape.find((type) => typeof type === 'string')
  return shape && 'events' in shape ? 'text/event-stream' : 'application/json'
}

function toBody({ bodyAs }: Operation, body: unknown): RequestInit & { type?: string } {
  if (body === undefined) return {}
  if (typeof body !== 'function') return { type: 'application/json', body: JSON.stringify(body) }
  const type = bodyAs?.kind === 'stream' ? bodyAs.mediaTypes[0] : 'application/json'
  // Node's fetch asks for `duplex` where a body is a stream.
  return { type, body: body(), duplex: 'half' }
}
