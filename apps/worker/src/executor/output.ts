import type { EventType, JobMessage } from '@stevedore/contract'
import { appendEvents, appendLog, isLedgerAway, type Ledger, recordProgress } from '@stevedore/ledger'
import { createRedactor, type Logger, type Redactor } from '@stevedore/telemetry'

/** What a job tells: log lines, events and progress, redacted as they come and written in batches. */
export interface Output {
  log(line: string): void
  event(type: EventType, data: Record<string, unknown>): void
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
/** A ledger that is away may cost lines, never the worker's memory. */
const maxHeldBytes = 2 * 1024 * 1024
const maxHeldEvents = 2_000

export function openOutput(ledger: Ledger, message: JobMessage, logger: Logger): Output {
  const hidden = new Set<string>()
  let redactor: Redactor = createRedactor([])
  let text = ''
  let dropped = 0
  let events: { type: EventType; data: Record<string, unknown> }[] = []
  let percent: number | undefined
  let writing = Promise.resolve()

  async function write(): Promise<void> {
    const batch = { text, events, percent }
    text = ''
    events = []
    percent = undefined
    try {
      if (batch.events.length > 0) await appendEvents(ledger, { ...message, events: batch.events })
      batch.events = []
      if (batch.text) await appendLog(ledger, { ...message, text: batch.text })
      batch.text = ''
      if (batch.percent !== undefined) await recordProgress(ledger, { ...message, percent: batch.percent })
    } catch (error) {
      if (isLedgerAway(error)) takeBack(batch)
      else logger.debug({ err: error }, 'output of an attempt that is over was dropped')
    }
  }

  function takeBack(batch: { text: string; events: typeof events; percent: number | undefined }): void {
    text = batch.text + text
    events = batch.events.concat(events).slice(0, maxHeldEvents)
    percent ??= batch.percent
  }

  const flush = () => {
    writing = writing.then(write)
    return writing
  }
  const timer = setInterval(() => void (text || events.length > 0 || percent !== undefined ? flush() : 0), flushEveryMs)

  return {
    log(line) {
      if (text.length > maxHeldBytes) {
        dropped += 1
        return
      }
      if (dropped > 0) text += `[${dropped} lines were dropped while the ledger was away]\n`
      dropped = 0
      text += `${redactor.redact(line)}\n`
    },
    event(type, data) {
      if (events.length < maxHeldEvents) events.push({ type, data: JSON.parse(redactor.redact(JSON.stringify(data))) })
    },
    progress(value) {
      percent = Math.max(percent ?? 0, value)
    },
    hide(values) {
      for (const value of values) hidden.add(value)
      redactor = createRedactor([...hidden])
    },
    redact: (value) => redactor.redact(value),
    flush,
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}
