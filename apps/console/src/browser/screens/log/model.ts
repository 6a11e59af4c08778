import type { JobDetailView, JobEvent } from '@stevedore/contract'
import { createOutput, type Output } from './output.ts'

/** An open log: what has come of it, and what of that is seen. */
export interface LogModel {
  output: Output
  /** What is before that which it was opened with is being read, or was. */
  isReadingEarlier: boolean
  scrollPx: number
  /** How many lines there were when it was drawn last. */
  drawn: number
  heightPx: number
  /** Whether it stands at its end, and so goes on with it. */
  isAtEnd: boolean
  /** A line to be scrolled to as soon as it is there. */
  wanted: { line: number } | { offset: number } | undefined
  /** The line that was jumped to last. */
  current: number | undefined
  /** All of it is there. */
  isComplete: boolean
  /** What went wrong with reading it; it is tried again. */
  fault: string | undefined
  search: Search
  readEarlier(): void
  stop(): void
}

export interface Search {
  text: string
  /** Lines that were looked through. */
  done: number
  /** Lines that hold the text. */
  found: number[]
}

export interface LogData {
  job: JobDetailView
  events: JobEvent[]
  model: LogModel
}

/** Where the output of each step begins. */
export interface Mark {
  name: string
  offset: number
}

export function createModel(reading: Pick<LogModel, 'readEarlier' | 'stop'>): LogModel {
  return {
    output: createOutput(),
    isReadingEarlier: false,
    scrollPx: 0,
    drawn: 0,
    heightPx: 600,
    isAtEnd: true,
    wanted: undefined,
    current: undefined,
    isComplete: false,
    fault: undefined,
    search: { text: '', done: 0, found: [] },
    ...reading,
  }
}

export function listMarks(events: readonly JobEvent[]): Mark[] {
  return events.flatMap((event) =>
    event.type === 'step.started' && event.data.logOffset !== undefined
      ? [{ name: event.data.name, offset: event.data.logOffset }]
      : [],
  )
}

const mostFound = 10_000

/** Looks through some more lines, as far as they are there and do not grow any more. Tells whether there are more of those. */
export function searchOn(
  { search, output, isComplete }: Pick<LogModel, 'search' | 'output' | 'isComplete'>,
  atOnce = 20_000,
): boolean {
  if (search.text === '') return false
  const wanted = search.text.toLowerCase()
  const all = isComplete ? output.count() : output.ended()
  const end = Math.min(all, search.done + atOnce)
  for (; search.done < end && search.found.length < mostFound; search.done++) {
    const line = output.read(search.done)
    if (line === undefined) return false
    if (line.toLowerCase().includes(wanted)) search.found.push(search.done)
  }
  return search.done < all && search.found.length < mostFound
}

/** The next line that was found, behind this one or before it; round from the end to the beginning. */
export function findNext({ found }: Search, line: number, direction: 1 | -1): number | undefined {
  const next = direction === 1 ? found.find((one) => one > line) : found.findLast((one) => one < line)
  return next ?? found.at(direction === 1 ? 0 : -1)
}
