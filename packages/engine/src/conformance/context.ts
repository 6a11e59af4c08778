import { randomUUID } from 'node:crypto'
import type { WorkContext } from '../work-context.ts'

export interface RecordedContext extends WorkContext {
  lines: string[]
  fractions: number[]
  events: { type: string; data: Record<string, unknown> }[]
  /** Resolves with the first line, past or future, that the pattern matches. */
  waitForLine(pattern: RegExp): Promise<string>
}

/** A context whose fence and signal the test holds, and which records what it is told. All are of one job unless told otherwise. */
export function openContext(overrides: Partial<WorkContext> = {}): RecordedContext {
  const [lines, fractions, events]: [string[], number[], RecordedContext['events']] = [[], [], []]
  const waiting = new Set<(line: string) => void>()
  return {
    jobId: '01890a5d-ac96-774b-bcce-b302099a8057',
    correlationId: 'conformance',
    signal: new AbortController().signal,
    fence: async () => {},
    log(line) {
      lines.push(line)
      for (const look of waiting) look(line)
    },
    awaitRoom: async () => {},
    event: (type, data) => void events.push({ type, data }),
    progress: (fraction) => void fractions.push(fraction),
    ...overrides,
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

/** A context of a job of its own: what a job makes is found by its id. */
export function openJob(overrides: Partial<WorkContext> = {}): RecordedContext {
  return openContext({ jobId: randomUUID(), ...overrides })
}
