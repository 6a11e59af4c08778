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

/** `30s`, `20m`; gives milliseconds. */
export function parseDurationMs(text: string): number {
  try {
    return durationMs(text)
  } catch {
    // Whatever the fault, the remedy is the same.
    throw new InvalidArgumentError('A duration is a number and a unit: 90s, 20m, 2h.')
  }
}
