import { readEncoded } from './encoded.ts'
import { holdsEscapes, readEscaped, readPercent, readPlusAsSpace } from './escapes.ts'
import { createMatcher } from './matcher.ts'
import { listPatterns } from './patterns.ts'
import { type Reading, readPlain } from './reading.ts'
import type { Finder, Span } from './spans.ts'

/**
 * Finds secret values however a text writes them: it is the text that is decoded, in every way that it can be read, so that each value is
 * kept once and not in all its spellings.
 */
export function findSecretValues(secretValues: readonly string[]): Finder {
  const { anywhere, encoded } = listPatterns(secretValues)
  if (anywhere.length === 0) return () => []
  const [matcher, shortEnds] = [createMatcher(anywhere), createMatcher(encoded)]
  const minBytes = Math.min(matcher.shortest, shortEnds.shortest)
  const withSpaces = secretValues.some((value) => value.includes(' '))
  return (text) => {
    const spans: Span[][] = []
    for (const writing of listWritings(text, withSpaces)) {
      spans.push(matcher.find(writing))
      for (const reading of readEncoded(writing, minBytes)) spans.push(matcher.find(reading), shortEnds.find(reading))
    }
    return spans.flat()
  }
}

/**
 * The text as it stands, unescaped once and twice (JSON in JSON), and percent-decoded. In forms that turns `+` into a space, which is looked
 * at only where a value has one.
 */
function listWritings(text: string, withSpaces: boolean): Reading[] {
  const plain = readPlain(text)
  const writings = [plain]
  if (text.includes('\\')) {
    const once = readEscaped(plain)
    writings.push(once)
    if (holdsEscapes(once)) writings.push(readEscaped(once))
  }
  const isPercent = text.includes('%')
  if (isPercent) writings.push(readPercent(plain))
  if (withSpaces && text.includes('+')) {
    const spaced = readPlusAsSpace(plain)
    writings.push(isPercent ? readPercent(spaced) : spaced)
  }
  return writings
}
