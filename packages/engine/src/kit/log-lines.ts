import { setTimeout as delay } from 'node:timers/promises'
import { healthUserAgent } from './health-request.ts'

/** A line that an app printed. */
export interface LogLine {
  /** When, as the engine has it: RFC 3339 in nanoseconds, so that equal zones compare as text. */
  at: string
  text: string
}

/** `2024-05-01T10:00:00.123456789Z text` */
export function splitStamp(line: string): LogLine {
  const space = line.indexOf(' ')
  return space < 0 ? { at: line, text: '' } : { at: line.slice(0, space), text: line.slice(space + 1) }
}

export function byTime(a: Pick<LogLine, 'at'>, b: Pick<LogLine, 'at'>): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0
}

/** Replicas write side by side, and what they write arrives a little later or sooner: so long is each line held back. */
const holdMs = 300

/** Lines of several replicas, as they arrive, in the order in which they were printed. */
export async function* orderArrivals<T extends Pick<LogLine, 'at'>>(lines: AsyncIterable<T>): AsyncGenerator<T> {
  const source = lines[Symbol.asyncIterator]()
  let held: { line: T; dueAt: number }[] = []
  let next: Promise<IteratorResult<T>> | undefined
  try {
    for (;;) {
      next ??= source.next()
      const [oldest] = held
      const arrived = oldest ? await within(next, oldest.dueAt - performance.now()) : await next
      if (arrived?.done) break
      if (arrived) {
        held.push({ line: arrived.value, dueAt: performance.now() + holdMs })
        next = undefined
      } else {
        const sorted = held.toSorted((a, b) => byTime(a.line, b.line))
        const due = sorted.findLastIndex(({ dueAt }) => dueAt <= performance.now()) + 1
        for (const { line } of sorted.slice(0, due)) yield line
        const rest = new Set(sorted.slice(due))
        held = held.filter((one) => rest.has(one))
      }
    }
    for (const { line } of held.toSorted((a, b) => byTime(a.line, b.line))) yield line
  } finally {
    // Whoever has left waits for no further line, and hears of no failure.
    next?.catch(() => {})
    source.return?.().catch(() => {})
  }
}

/** undefined when the time came first. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const over = new AbortController()
  try {
    return await Promise.race([
      promise,
      delay(Math.max(0, ms), undefined, { signal: over.signal }).catch(() => undefined),
    ])
  } finally {
    over.abort()
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what starts a terminal's colours
const colours = /\x1b\[[0-9;]*[A-Za-z]/g
const probeAgents = [healthUserAgent, 'kube-probe/']

/**
 * Tells the lines of an access log that health checks leave: they name the probe's User-Agent, or the health path with the status
 * that was answered (`"GET /health HTTP/1.1" 200`, `GET /health 503 2 ms`). Whatever else an app says of its health is its own.
 */
export function createProbeFilter(healthPath: string | undefined): (text: string) => boolean {
  const path = healthPath?.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const access = path ? new RegExp(`\\b(?:GET|HEAD) ${path}(?: HTTP/[\\d.]+)?"?:? +"?[1-5]\\d\\d\\b`) : undefined
  const isAccess = (text: string) => access?.test(text.replace(colours, '')) ?? false
  return (text) => probeAgents.some((agent) => text.includes(agent)) || isAccess(text)
}
