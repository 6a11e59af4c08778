import { cutText } from '@stevedore/contract'
import { type LogLine, readLines, splitStamp } from '@stevedore/engine'
import { ApiError } from './api-error.ts'
import type { NamespaceReader } from './namespace.ts'
import { readBody } from './request.ts'

interface LogQuery {
  container: string
  tailLines?: number
  previous?: boolean
  follow?: boolean
  sinceTime?: string | undefined
}

function logPath(namespace: string, pod: string, query: LogQuery): string {
  const given = Object.entries({ ...query, timestamps: true }).filter(([, value]) => value !== undefined)
  const params = new URLSearchParams(Object.fromEntries(given.map(([key, value]) => [key, String(value)])))
  return `/api/v1/namespaces/${namespace}/pods/${pod}/log?${params}`
}

const tailTimeoutMs = 10_000
/** In characters: of a log of long lines the newest are kept. */
const mostKept = 2 ** 22

/** The last lines of a container; empty when there are none to be had, since they only illustrate. */
export async function readLogTail(reader: NamespaceReader, pod: string, query: LogQuery): Promise<LogLine[]> {
  const lines: LogLine[] = []
  let kept = 0
  try {
    for await (const line of streamLog(reader, pod, query, { timeoutMs: tailTimeoutMs })) {
      lines.push(line)
      kept += line.text.length
      while (kept > mostKept) kept -= lines.shift()?.text.length ?? kept
    }
  } catch {
    // The container has not begun or is gone, or its node does not answer: what is told without the lines is right all the same.
    reader.signal.throwIfAborted()
  }
  return lines
}

/** Lines as they come, until the container ends. @throws ApiError when the pod has no such log (yet) */
export async function* streamLog(
  reader: NamespaceReader,
  pod: string,
  query: LogQuery,
  options: { timeoutMs?: number } = {},
): AsyncGenerator<LogLine> {
  const response = await reader.cluster.stream(logPath(reader.namespace, pod, query), options, reader.signal)
  try {
    for await (const line of readLines(response, { stamped: true })) yield splitStamp(line)
  } finally {
    response.destroy()
  }
}

const mostLogBytes = 262_144

/** What a container has printed so far, as it printed it; nothing where that is not to be had. */
export async function readLogText(
  { cluster, namespace, signal }: NamespaceReader,
  pod: string,
  container: string,
): Promise<Buffer> {
  const query = new URLSearchParams({ container, limitBytes: String(mostLogBytes) })
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`
  try {
    const response = await cluster.stream(path, { timeoutMs: tailTimeoutMs }, signal)
    return Buffer.from(await readBody(response, mostLogBytes))
  } catch {
    signal.throwIfAborted()
    return Buffer.alloc(0)
  }
}

const answerLimitBytes = 65_536
const answerLimitChars = 500

/** One GET to a pod's port through the API server. `status` 0: nothing answered. */
export async function askPod(
  { cluster, namespace, signal }: NamespaceReader,
  { pod, port, path, timeoutMs = 5_000 }: { pod: string; port: number; path: string; timeoutMs?: number },
): Promise<{ status: number; text: string }> {
  const proxied = `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path.startsWith('/') ? path : `/${path}`}`
  try {
    const response = await cluster.stream(proxied, { timeoutMs }, signal)
    return { status: response.statusCode ?? 0, text: shorten(await readBody(response, answerLimitBytes)) }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ApiError) return { status: error.status, text: shorten(error.message) }
    return { status: 0, text: shorten(String(error)) }
  }
}

function shorten(text: string): string {
  return cutText(text.trim(), answerLimitChars)
}
