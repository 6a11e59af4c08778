import type { EventData, EventType, NewEvent } from '@stevedore/contract'
import { createRedactor, type Redactor } from '@stevedore/telemetry'
import { countLines } from './log-tail.ts'
import { openRoom } from './room.ts'
import { type Held, isAny, type OutputParts, openWriter } from './write-output.ts'

export interface OutputOptions extends OutputParts {
  /** How long streams are held for a ledger that takes nothing. Default: 60,000. */
  holdMs?: number
}

/** What a job tells: log lines, events and progress, redacted as they come and written in batches. */
export interface Output {
  log(line: string): void
  /**
   * Resolves when there is room for more lines, or the signal aborts. Who copies a stream awaits it between two pieces: then a ledger that
   * is slow holds the stream and costs no line. One that takes nothing for a minute is not waited for.
   */
  awaitRoom(signal: AbortSignal): Promise<void>
  event<T extends EventType>(type: T, data: EventData<T>): void
  /** 0 to 100. */
  progress(percent: number): void
  /** From now on these values show as `***`. */
  hide(values: readonly string[]): void
  redact(text: string): string
  /** Writes what is held back. */
  flush(): Promise<void>
  /** Writes what is held back, then the last lines of a log that is too long. @param signal until when, or for a minute, it is tried; without one, once */
  close(signal?: AbortSignal): Promise<void>
}

/** How long streams are held for a ledger that takes nothing. An attempt whose lease cannot be renewed ends before. */
const holdOutputMs = 60_000
/** From here on streams are held. */
const roomBytes = 1024 * 1024
/** From here on lines that did not ask for room are dropped: never the worker's memory is the price. What it costs is said in the log. */
const maxHeldBytes = 2 * 1024 * 1024
const maxHeldEvents = 2_000

export function openOutput({ holdMs = holdOutputMs, ...parts }: OutputOptions): Output {
  const hidden = new Set<string>()
  let redactor: Redactor = createRedactor([])
  const dropped = countDropped(parts)
  const room = openRoom({ holdMs, isFull: () => writer.heldBytes() > roomBytes })
  const writer = openWriter(parts, { onWritten: room.tell, onEventsLeft: limitEvents })

  function limitEvents(events: NewEvent[]): void {
    for (const _ of events.splice(maxHeldEvents)) dropped.add('events')
  }

  function tellDropped(): void {
    const lost = dropped.take()
    if (lost) writer.addText(`[${lost} were dropped here: the ledger did not take them in time]\n`)
  }

  return {
    log(line) {
      if (writer.heldBytes() > maxHeldBytes) return dropped.add('lines')
      tellDropped()
      writer.addText(`${redactor.redact(line)}\n`)
    },
    awaitRoom: room.wait,
    event(type, data) {
      const { events } = writer.held()
      if (events.length >= maxHeldEvents) return dropped.add('events')
      events.push({ type, data: redactValues(data, redactor) } as NewEvent)
    },
    progress(value) {
      const held = writer.held()
      held.percent = Math.max(held.percent ?? 0, value)
    },
    hide(values) {
      const known = hidden.size
      for (const value of values) hidden.add(value)
      if (hidden.size > known) redactor = createRedactor([...hidden])
    },
    redact: (value) => redactor.redact(value),
    flush: writer.flush,
    async close(signal) {
      tellDropped()
      await writer.end(async () => {
        if (!signal || signal.aborted || room.isGivenUp()) return false
        await room.nextWrite(signal)
        return true
      })
      if (isAny(writer.held())) dropped.giveUp(writer.held())
    },
  }
}

/** Only what is said: names of types and members belong to the catalogue, whatever a secret's value is. */
function redactValues(data: object, redactor: Redactor): object {
  return JSON.parse(JSON.stringify(data), (_key, value) => (typeof value === 'string' ? redactor.redact(value) : value))
}

/** Keeps count of what is not kept, so that nothing goes without a trace. */
function countDropped({ logger, metrics }: Pick<OutputParts, 'logger' | 'metrics'>) {
  let counts = { lines: 0, events: 0 }
  return {
    add(what: 'lines' | 'events') {
      counts[what] += 1
      metrics.outputDropped.inc({ reason: 'ledger-away' })
    },
    /** `12 lines`, `12 lines and 3 events`; empty when nothing was dropped since it was last asked. */
    take(): string {
      const words = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []))
      counts = { lines: 0, events: 0 }
      return words.join(' and ')
    },
    /** The attempt ends while the ledger is away. */
    giveUp({ text, bytes, events }: Held) {
      metrics.outputDropped.inc({ reason: 'ledger-away' }, events.length + countLines(text))
      logger.warn({ bytes, events: events.length }, 'the attempt ended before its last output could be written')
    },
  }
}
