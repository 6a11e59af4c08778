import { CliError, exitStatus } from '../exit.ts'
import { readRefusal } from './refusal.ts'
import { isAway, retryWhileAway } from './retry.ts'

export interface RequestOptions {
  query?: Record<string, string | number | boolean | undefined>
  /** Sent as JSON; a function gives the stream to send instead, a new one for each try. */
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /** How long to wait for a server that is away; a restart takes a few seconds. */
  patienceMs?: number
}

/** The REST API as the command line uses it. Rejects with a `Refusal` or a `CliError` of status `unreachable`. */
export interface Client {
  url: string
  get<T>(path: string, options?: RequestOptions): Promise<T>
  put<T>(path: string, options?: RequestOptions): Promise<T>
  post<T>(path: string, options?: RequestOptions): Promise<T>
  remove(path: string, options?: RequestOptions): Promise<void>
  /** The response as it comes, for streams. */
  open(method: string, path: string, options?: RequestOptions): Promise<Response>
}

export interface ClientOptions {
  url: string
  token: string | undefined
  patienceMs?: number
}

const defaultPatienceMs = 1_000

export function createClient({ url, token, patienceMs = defaultPatienceMs }: ClientOptions): Client {
  async function open(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const send = async () => {
      const response = await fetch(resolve(url, path, options.query), toRequest(method, token, options))
      if (!response.ok) throw await readRefusal(response)
      return response
    }
    try {
      return await retryWhileAway(send, options.patienceMs ?? patienceMs, options.signal)
    } catch (error) {
      throw isAway(error) ? explainAway(url, error) : error
    }
  }

  async function read<T>(method: string, path: string, options?: RequestOptions): Promise<T> {
    const response = await open(method, path, options)
    const text = await response.text()
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  return {
    url,
    open,
    get: (path, options) => read('GET', path, options),
    put: (path, options) => read('PUT', path, options),
    post: (path, options) => read('POST', path, options),
    remove: (path, options) => read<void>('DELETE', path, options),
  }
}

/** A path of the API with its parts encoded: names come from arguments. */
export function apiPath(parts: TemplateStringsArray, ...names: (string | number)[]): string {
  return String.raw({ raw: parts }, ...names.map((name) => encodeURIComponent(name)))
}

function resolve(base: string, path: string, query: RequestOptions['query'] = {}): URL {
  const url = new URL(base + path)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}

function toRequest(method: string, token: string | undefined, { body, headers, signal }: RequestOptions): RequestInit {
  const streamed = typeof body === 'function'
  return {
    method,
    redirect: 'error',
    ...(signal ? { signal } : {}),
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined || streamed ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined
      ? {}
      : { body: streamed ? (body as () => ReadableStream<Uint8Array>)() : JSON.stringify(body) }),
    // Node's fetch asks for this where a body is a stream.
    ...(streamed ? { duplex: 'half' } : {}),
  }
}

function explainAway(url: string, error: unknown): CliError {
  if (error instanceof CliError) return error
  const cause = (error as { cause?: { code?: string; message?: string } }).cause
  const reason = cause?.code ?? cause?.message ?? String(error)
  return new CliError(
    exitStatus.unreachable,
    `The server at ${url} can't be reached (${reason})`,
    'Start it with: stevedore up. Is it elsewhere? Set STEVEDORE_URL.',
  )
}
