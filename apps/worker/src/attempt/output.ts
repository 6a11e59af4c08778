import type { EventData, EventType, JobMessage, NewEvent } from '@stevedore/contract'
import { appendEvents, appendLog, isLedgerAway, type Ledger, recordProgress, StaleFenceError } from '@stevedore/ledger'
import { createRedactor, type Logger, type Metrics, type Redactor } from '@stevedore/telemetry'

/** What a job tells: log lines, events and progress, redacted as they come and written in batches. */
export interface Output {
  log(line: string): void
  event<T extends EventType>(type: T, data: EventData<T>): void
  /** 0 to 100. */
  progress(percent: number): void
  /** From now on these values show as `***`. */
  hide(values: readonly string[]): void
  redact(text: string): string
  /** Writes what is held back. */
  flush(): Promise<void>
  close(): Promise<void>
}

const flushEveryMs = 200
/** A ledger that is away may cost lines and events, never the worker's memory; what it costs is said in the log. */
const maxHeldBytes = 2 * 1024 * 1024
const maxHeldEvents = 2_000

interface Held {
  text: string
  /** Of the text, in UTF-8. */
  bytes: number
  events: NewEvent[]
  percent: number | undefined
}

const nothingHeld = (): Held => ({ text: '', bytes: 0, events: [], percent: undefined })

interface OutputParts {
  ledger: Ledger
  message: JobMessage
  logger: Logger
  metrics: Pick<Metrics, 'outputDropped'>
}

export function openOutput(parts: OutputParts): Output {
  const hidden = new Set<string>()
  let redactor: Redactor = createRedactor([])
  let held = nothingHeld()
  let writing = Promise.resolve()
  const dropped = countDropped(parts)

  function addLine(line: string): void {
    const text = `${line}\n`
    held.text += text
    held.bytes += Buffer.byteLength(text)
  }

  async function write(): Promise<void> {
    const batch = held
    held = nothingHeld()
    if (await writeBatch(parts, batch)) return
    held = join(batch, held)
    for (const _ of held.events.splice(maxHeldEvents)) dropped.add('events')
  }

  const flush = () => {
    writing = writing.then(write)
    return writing
  }
  const isHeld = () => held.text !== '' || held.events.length > 0 || held.percent !== undefined
  const timer = setInterval(() => isHeld() && void flush(), flushEveryMs)

  return {
    log(line) {
      if (held.bytes > maxHeldBytes) return dropped.add('lines')
      const lost = dropped.take()
      if (lost) addLine(`[${lost} were dropped while the ledger was away]`)
      addLine(redactor.redact(line))
    },
    event(type, data) {
      if (held.events.length >= maxHeldEvents) return dropped.add('events')
      held.events.push({ type, data: redactValues(data, redactor) } as NewEvent)
    },
    progress(value) {
      held.percent = Math.max(held.percent ?? 0, value)
    },
    hide(values) {
      const known = hidden.size
      for (const value of values) hidden.add(value)
      if (hidden.size > known) redactor = createRedactor([...hidden])
    },
    redact: (value) => redactor.redact(value),
    flush,
    async close() {
      clearInterval(timer)
      const lost = dropped.take()
      if (lost) addLine(`[${lost} were dropped while the ledger was away]`)
      await flush()
      if (isHeld()) dropped.giveUp(held)
    },
  }
}

/** @returns false when the ledger is away and the batch, or what is left of it, is to be tried again */
async function writeBatch({ ledger, message, logger, metrics }: OutputParts, batch: Held): Promise<boolean> {
  try {
    if (batch.events.length > 0) await appendEvents(ledger, { ...message, events: batch.events })
    batch.events = []
    if (batch.text) await appendLog(ledger, { ...message, text: batch.text })
    batch.text = ''
    batch.bytes = 0
    if (batch.percent !== undefined) await recordProgress(ledger, { ...message, percent: batch.percent })
    return true
  } catch (error) {
    if (isLedgerAway(error)) return false
    if (error instanceof StaleFenceError) logger.debug({ err: error }, 'output of an attempt that is over was dropped')
    else {
      metrics.outputDropped.inc({ reason: 'refused' }, batch.events.length + countLines(batch.text))
      logger.error(
        { err: error, events: batch.events.length, bytes: batch.bytes },
        'the ledger refused output of the attempt',
      )
    }
    return true
  }
}

/** What was held before with what came since, in this order. */
function join(before: Held, since: Held): Held {
  return {
    text: before.text + since.text,
    bytes: before.bytes + since.bytes,
    events: before.events.concat(since.events),
    percent: since.percent ?? before.percent,
  }
}

/** Only what is said: names of types and members belong to the catalogue, whatever a secret's value is. */
function redactValues(data: object, redactor: Redactor): object {
  return JSON.parse(JSON.stringify(data), (_key, value) => (typeof value === 'string' ? redactor.redact(value) : value))
}

const countLines = (text: string) => text.split('\n').length - 1

/** Keeps count of what is not kept, so that nothing goes without a trace. */
function countDropped({ logger, metrics }: OutputParts) {
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
