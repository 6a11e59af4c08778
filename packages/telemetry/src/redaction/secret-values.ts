import { createMatcher } from './matcher.ts'
import { listPatterns } from './patterns.ts'
import {
  dropUnread,
  type Reading,
  readEncoded,
  readEscaped,
  readPercent,
  readPlain,
  readPlusAsSpace,
} from './reading.ts'
import type { Finder } from './spans.ts'

/**
 * Finds secret values however a text writes them: it is the text that is decoded, in every way that it can be read, so that each value is
 * kept once and not in all its spellings.
 */
export function findSecretValues(secretValues: readonly string[]): Finder {
  const patterns = listPatterns(secretValues)
  if (patterns.length === 0) return (text) => ({ spans: [], findOpenEnd: () => text.length })
  const matcher = createMatcher(patterns)
  return (text) => {
    return {
      spans: Array.from(listReadings(listWritings(text)), matcher.find).flat(),
      findOpenEnd() {
        const writings = listWritings(text, dropUnread)
        const ends = Array.from(listReadings(writings), matcher.findOpenEnd)
        return findWholeEnd(writings, Math.min(text.length, ...ends))
      },
    }
  }
}

/** The text as it stands, unescaped once and twice (JSON in JSON), and percent-decoded, which in forms turns `+` into a space. */
function listWritings(text: string, keep = (reading: Reading) => reading): Reading[] {
  const plain = keep(readPlain(text))
  const writings = [plain]
  if (text.includes('\\')) {
    const once = keep(readEscaped(plain))
    writings.push(once, keep(readEscaped(once)))
  }
  if (text.includes('%')) writings.push(keep(readPercent(plain)))
  if (text.includes('+')) writings.push(keep(readPercent(readPlusAsSpace(plain))))
  return writings
}

/** Each writing, and what it says in base64 and in hexadecimal. Each is to be used before the next is asked for. */
function* listReadings(writings: readonly Reading[]): Generator<Reading> {
  for (const writing of writings) {
    yield writing
    yield* readEncoded(writing)
  }
}

/** Not in the middle of an escape: what is kept back is read anew, from its beginning. */
function findWholeEnd(writings: readonly Reading[], end: number): number {
  const begun = Math.min(end, ...writings.map((writing) => findUnit(writing, end)))
  return begun === end ? end : findWholeEnd(writings, begun)
}

/** Where what is read across an index of the text begins. */
function findUnit({ starts, ends, count }: Reading, index: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] as number) < index) low = middle + 1
    else high = middle
  }
  return low > 0 && (ends[low - 1] as number) > index ? (starts[low - 1] as number) : index
}
