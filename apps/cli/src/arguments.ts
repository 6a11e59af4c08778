import { durationMs } from '@stevedore/contract/words'
import { InvalidArgumentError } from 'commander'

export function parseWholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Not a whole number.')
  return Number(text)
}

/** Takes one or more of these words, with commas between them. */
export function parseWords(known: readonly string[]): (text: string) => string {
  return (text) => {
    const unknown = text.split(',').find((word) => !known.includes(word))
    if (unknown === undefined) return text
    throw new InvalidArgumentError(`\`${unknown}\` is none of ${known.join(', ')}.`)
  }
}

/** What timers can wait for; beyond that they end at once. */
const longestMs = 2 ** 31 - 1

/** `30s`, `20m`; gives milliseconds. */
export function parseDurationMs(text: string): number {
  const ms = readDurationMs(text)
  if (ms !== undefined && ms <= longestMs) return ms
  throw new InvalidArgumentError('A duration is a number and a unit, up to 24d: 90s, 20m, 2h.')
}

function readDurationMs(text: string): number | undefined {
  try {
    return durationMs(text)
  } catch {
    // It is none.
    return undefined
  }
}
