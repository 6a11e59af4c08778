import { Agent, type IncomingMessage, request as requestHttp } from 'node:http'
import { type RequestOptions, request as requestHttps } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { ApiError, type ApiStatus } from './api-error.ts'

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** From the server's root, with its query. */
  path: string
  body?: unknown
  contentType?: string
  /** Absent for a stream that may rightly be quiet for long. */
  timeoutMs?: number
}

const bodyLimitBytes = 64 * 2 ** 20

/**
 * One request with the kubeconfig's credentials. The library's own client opens a new connection pool per request and its
 * generated calls take no AbortSignal, so only its reading of kubeconfigs is used.
 * @throws ApiError for anything but 2xx; the signal's reason when it aborts
 */
export async function sendRequest(
  config: KubeConfig,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  signal.throwIfAborted()
  const limit =
    request.timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs)])
  try {
    const response = await exchange(config, request, limit)
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    throw new ApiError(status, readStatus(await readBody(response)), { retryAfterMs: readRetryAfter(response) })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ApiError) throw error
    throw new ApiError(0, { message: describeConnectionFault(error) }, { cause: error })
  }
}

/** The whole body as JSON. */
export async function fetchJson<T>(config: KubeConfig, request: ApiRequest, signal: AbortSignal): Promise<T> {
  const response = await sendRequest(config, { timeoutMs: 30_000, ...request }, signal)
  try {
    return JSON.parse(await readBody(response)) as T
  } catch (error) {
    signal.throwIfAborted()
    throw new ApiError(0, { message: 'the answer of the Kubernetes API was cut off' }, { cause: error })
  }
}

async function exchange(config: KubeConfig, request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const server = config.getCurrentCluster()?.server
  if (server === undefined) throw new Error('the kubeconfig names no cluster for its context')
  const body = request.body === undefined ? undefined : JSON.stringify(request.body)
  const options: RequestOptions = { method: request.method, headers: {} }
  await config.applyToHTTPSOptions(options)
  // The library keeps one agent per cluster and user; left to its default it would open a connection per request.
  if (options.agent instanceof Agent) (options.agent as Agent & { keepAlive: boolean }).keepAlive = true
  options.signal = signal
  options.headers = {
    ...(options.headers as Record<string, string>),
    accept: 'application/json',
    'user-agent': 'stevedore',
    ...(body === undefined
      ? {}
      : { 'content-type': request.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
  }
  const url = new URL(server.replace(/\/$/, '') + request.path)
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'http:' ? requestHttp : requestHttps
    open(url, options, resolve).on('error', reject).end(body)
  })
}

export async function readBody(response: IncomingMessage, limitBytes = bodyLimitBytes): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limitBytes) throw new Error(`the answer is larger than ${limitBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readStatus(text: string): ApiStatus {
  try {
    return JSON.parse(text) as ApiStatus
  } catch {
    return { message: text.slice(0, 500) }
  }
}

function readRetryAfter({ headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined
}

function describeConnectionFault(error: unknown): string {
  const { code, message, name } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError' || name === 'AbortError') return 'the Kubernetes API did not answer in time'
  return code === undefined ? message : `no connection to the Kubernetes API: ${code}`
}
