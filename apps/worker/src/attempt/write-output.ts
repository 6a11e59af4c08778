import type { JobMessage, NewEvent } from '@stevedore/contract'
import { appendEvents, appendLog, isLedgerAway, type Ledger, recordProgress, StaleFenceError } from '@stevedore/ledger'
import { type Logger, type Metrics, outsideTraces } from '@stevedore/telemetry'
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
/** About as much goes into one write: few enough for a ledger that is slow to take them within the time that a statement has. */
const sliceLength = 256 * 1024

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
  let [writing, writes, isTaken, inFlightBytes] = [Promise.resolve(), 0, true, 0]
  const timer = setInterval(() => isAny(held) && writes === 0 && void flush(), flushEveryMs)

  /** @returns how much of the text it was about */
  async function writeSlice(): Promise<number> {
    const begunAtMs = performance.now()
    const [batch, rest] = cutSlice(held)
    held = rest
    const { bytes } = batch
    inFlightBytes = bytes
    // Five a second: as parts of the attempt they would hide all that a trace is read for.
    isTaken = await outsideTraces(() => writeBatch(parts, log, batch))
    inFlightBytes = 0
    if (!isTaken) held = join(batch, held)
    onEventsLeft(held.events)
    onWritten(isTaken, begunAtMs)
    return bytes
  }

  /** What is held as it begins: what comes meanwhile is the next one's. */
  async function writeHeld(): Promise<void> {
    let left = held.bytes
    do left -= await writeSlice()
    while (isTaken && left > 0)
    writes -= 1
    hurry()
  }

  function flush(): Promise<void> {
    writes += 1
    writing = writing.then(writeHeld)
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
    /** What is being written included, which comes back where the ledger does not take it. */
    heldBytes: () => held.bytes + inFlightBytes,
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
    // Whether an earlier try of it was kept is not known: the next one begins where the ledger says.
    log.end = undefined
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

/** The first part, up to the end of a line, with all that is no text; and what is left. */
function cutSlice(held: Held): [slice: Held, rest: Held] {
  const at = held.text.indexOf('\n', sliceLength) + 1
  if (at === 0 || at === held.text.length) return [held, nothingHeld()]
  const [text, rest] = [held.text.slice(0, at), held.text.slice(at)]
  const bytes = Buffer.byteLength(text)
  return [
    { ...held, text, bytes },
    { ...nothingHeld(), text: rest, bytes: held.bytes - bytes },
  ]
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
