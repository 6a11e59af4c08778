import type { JobMessage, NewEvent } from '@stevedore/contract'
import { appendEvents, appendLog, isLedgerAway, type Ledger, recordProgress, StaleFenceError } from '@stevedore/ledger'
import type { Logger, Metrics } from '@stevedore/telemetry'
import { countLines, type LogTail, openLogTail } from './log-tail.ts'

export interface OutputParts {
  ledger: Ledger
  message: JobMessage
  logger: Logger
  metrics: Pick<Metrics, 'outputDropped'>
  /** What is kept of the job's log, beside its last lines. Default: all. */
  limitBytes?: number
  /** How long the log is. */
  logBytes?: number
}

/** What waits to be written. */
export interface Held {
  text: string
  /** Of the text, in UTF-8. */
  bytes: number
  events: NewEvent[]
  percent: number | undefined
}

const nothingHeld = (): Held => ({ text: '', bytes: 0, events: [], percent: undefined })

export const isAny = ({ text, events, percent }: Held) => text !== '' || events.length > 0 || percent !== undefined

/** The job's log as this attempt, which alone writes it, has left it. */
interface WrittenLog {
  /** undefined until the first write of one that was opened without it */
  end: number | undefined
  limitBytes: number
  /** What came past the limit. */
  tail: LogTail
}

type BatchParts = Omit<OutputParts, 'limitBytes' | 'logBytes'>

const flushEveryMs = 200
/** So much is written without waiting for the time. */
const batchBytes = 512 * 1024

interface Heard {
  /** @param begunAtMs of the monotonic clock */
  onWritten(isTaken: boolean, begunAtMs: number): void
  /** Those that were not taken with those that came since. */
  onEventsLeft(events: NewEvent[]): void
}

/** Holds output and writes it, a batch at a time: again and again while the ledger is away. */
export function openWriter({ limitBytes, logBytes, ...parts }: OutputParts, { onWritten, onEventsLeft }: Heard) {
  const log: WrittenLog = { end: logBytes, limitBytes: limitBytes ?? Number.POSITIVE_INFINITY, tail: openLogTail() }
  let held = nothingHeld()
  let [writing, writes, isTaken] = [Promise.resolve(), 0, true]
  const timer = setInterval(() => isAny(held) && writes === 0 && void flush(), flushEveryMs)

  async function write(): Promise<void> {
    const begunAtMs = performance.now()
    const batch = held
    held = nothingHeld()
    isTaken = await writeBatch(parts, log, batch)
    if (!isTaken) held = join(batch, held)
    onEventsLeft(held.events)
    writes -= 1
    onWritten(isTaken, begunAtMs)
    hurry()
  }

  function flush(): Promise<void> {
    writes += 1
    writing = writing.then(write)
    return writing
  }

  /** What the ledger did not take is tried again when it is time. */
  function hurry(): void {
    if (held.bytes >= batchBytes && writes === 0 && isTaken) void flush()
  }

  function addText(text: string): void {
    held.text += text
    held.bytes += Buffer.byteLength(text)
    hurry()
  }

  return {
    held: () => held,
    addText,
    flush,
    /** Writes all, and what came past the limit last. @param again waits for another try; gives false when there is none */
    async end(again: () => Promise<boolean>): Promise<void> {
      const writeAll = async () => {
        await flush()
        while (isAny(held) && (await again()));
      }
      await writeAll()
      // While the ledger is away both wait: the limit holds for what came before it.
      if (!isAny(held)) {
        log.limitBytes = Number.POSITIVE_INFINITY
        addText(log.tail.take())
        if (isAny(held)) await writeAll()
      }
      clearInterval(timer)
    },
  }
}

/** @returns false when the ledger is away and the batch, or what is left of it, is to be tried again */
async function writeBatch(parts: BatchParts, log: WrittenLog, batch: Held): Promise<boolean> {
  const { ledger, message, logger, metrics } = parts
  try {
    if (batch.events.length > 0) await appendEvents(ledger, { ...message, events: batch.events })
    batch.events = []
    if (batch.text) await writeText(parts, log, batch.text)
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

async function writeText({ ledger, message }: BatchParts, log: WrittenLog, text: string): Promise<void> {
  const { end, rest } = await appendLog(ledger, { ...message, text, limitBytes: log.limitBytes, from: log.end })
  log.end = end
  log.tail.add(rest)
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
