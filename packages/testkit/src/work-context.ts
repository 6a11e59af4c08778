import { randomUUID } from 'node:crypto'
import type { WorkContext } from '@stevedore/engine'

export interface RecordedContext extends WorkContext {
  lines: string[]
  fractions: number[]
  events: { type: string; data: Record<string, unknown> }[]
  /** Resolves with the first line, past or future, that the pattern matches. */
  waitForLine(pattern: RegExp): Promise<string>
}

/** A context of a job that nobody else works on, recording what it is told. */
export function recordContext(more: Partial<WorkContext> = {}): RecordedContext {
  const lines: string[] = []
  const waiting = new Set<(line: string) => void>()
  const [fractions, events]: [number[], RecordedContext['events']] = [[], []]
  return {
    jobId: randomUUID(),
    correlationId: randomUUID(),
    signal: new AbortController().signal,
    fence: async () => undefined,
    log(line) {
      lines.push(line)
      for (const look of waiting) look(line)
    },
    event: (type, data) => void events.push({ type, data }),
    progress: (fraction) => void fractions.push(fraction),
    ...more,
    lines,
    fractions,
    events,
    waitForLine(pattern) {
      const found = lines.find((line) => pattern.test(line))
      return found
        ? Promise.resolve(found)
        : new Promise((resolve) => waiting.add((line) => pattern.test(line) && resolve(line)))
    },
  }
}
