import { setTimeout as delay } from 'node:timers/promises'

/** Held for one hand-over; a louder app loses its oldest lines rather than the worker its memory, and that is said. */
const maxHeldLines = 5_000
const maxHeldBytes = 4 * 2 ** 20

/** Lines that come one by one and are handed over together. */
export interface LineFeed {
  add(line: string): void
  /** Resolves when the last ones are handed over, or cannot be. */
  end(): Promise<void>
}

interface FeedOptions {
  everyMs: number
  /** Called again and again, with and without lines; never before it is done with those before. */
  give(lines: string[]): Promise<void>
  /** They could not be given. */
  onLost(): void
}

export function openLineFeed({ everyMs, give, onLost }: FeedOptions): LineFeed {
  const held = holdLines()
  const ended = new AbortController()
  async function giveRegularly(): Promise<void> {
    while (await waitFor(everyMs, ended.signal)) await give(held.take())
  }
  const giving = giveRegularly().catch(onLost)
  return {
    add: held.add,
    async end() {
      ended.abort()
      await giving
      await give(held.take()).catch(onLost)
    },
  }
}

/** @returns false when it ended meanwhile */
async function waitFor(ms: number, ended: AbortSignal): Promise<boolean> {
  await delay(ms, undefined, { signal: ended }).catch(() => {})
  return !ended.aborted
}

function holdLines() {
  let [lines, bytes, leftOut]: [string[], number, number] = [[], 0, 0]
  return {
    add(line: string) {
      lines.push(line)
      bytes += Buffer.byteLength(line)
      while (lines.length > maxHeldLines || (bytes > maxHeldBytes && lines.length > 1)) {
        bytes -= Buffer.byteLength(lines.shift() as string)
        leftOut += 1
      }
    },
    take(): string[] {
      const taken = leftOut > 0 ? [`stevedore: ${leftOut} lines were left out`, ...lines] : lines
      ;[lines, bytes, leftOut] = [[], 0, 0]
      return taken
    },
  }
}
