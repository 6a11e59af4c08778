import { createInterface } from 'node:readline'
import type { NamespaceReader } from './namespace.ts'
import { readBody } from './request.ts'

export interface LogQuery {
  container: string
  tailLines?: number
  previous?: boolean
  follow?: boolean
  timestamps?: boolean
  sinceTime?: string
}

const tailLimitBytes = 65_536

function logPath(namespace: string, pod: string, query: LogQuery, extra: Record<string, string> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const params = new URLSearchParams({
    ...Object.fromEntries(given.map(([key, value]) => [key, String(value)])),
    ...extra,
  })
  return `/api/v1/namespaces/${namespace}/pods/${pod}/log?${params}`
}

/** The last lines of a container; empty when there are none to be had, since they only illustrate. */
export async function readLogTail(reader: NamespaceReader, pod: string, query: LogQuery): Promise<string[]> {
  try {
    const path = logPath(reader.namespace, pod, query, { limitBytes: String(tailLimitBytes) })
    const response = await reader.cluster.stream(path, { timeoutMs: 10_000 }, reader.signal)
    return splitLines(await readBody(response, 2 * tailLimitBytes))
  } catch {
    reader.signal.throwIfAborted()
    return []
  }
}

function splitLines(text: string): string[] {
  const lines = text.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** Lines as they come, until the container ends. @throws ApiError when the pod has no such log (yet) */
export async function* streamLog(reader: NamespaceReader, pod: string, query: LogQuery): AsyncGenerator<string> {
  const response = await reader.cluster.stream(logPath(reader.namespace, pod, query), {}, reader.signal)
  try {
    yield* createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })
  } finally {
    response.destroy()
  }
}
