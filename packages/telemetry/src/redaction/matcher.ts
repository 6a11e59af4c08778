import { longestPattern } from './patterns.ts'
import type { Reading } from './reading.ts'
import type { Span } from './spans.ts'

/** Finds many patterns at once. Its time is that of the text and its memory that of the number of patterns, however long they are. */
export interface Matcher {
  /** Of the patterns that begin at one byte the longest; by start. */
  find(reading: Reading): Span[]
  /** The first index of the text from which its end may be the beginning of a pattern; the text's length when none. */
  findOpenEnd(reading: Reading): number
}

/** Of the FNV hash: odd, and without a short period. */
const base = 0x01000193
const powers = new Int32Array(longestPattern + 1).fill(1)
for (let index = 1; index < powers.length; index++) powers[index] = Math.imul(powers[index - 1] as number, base)

/** As many bytes of each pattern are looked up as they stand: no pattern is shorter. */
const headBytes = 4

/**
 * Rabin and Karp's way: a pattern is known by its first four bytes, its length and its hash, so that nothing of it is kept. Two texts of one
 * hash, which is one in four thousand million, mask too much and never too little.
 */
export function createMatcher(patterns: readonly Uint8Array[]): Matcher {
  const lengthsByHead = new Map<number, number[]>()
  const hashesByLength = new Map<number, Set<number>>()
  /** The first one, two and three bytes, for the end of a text. */
  const beginnings = new Set<number>()

  for (const pattern of patterns) {
    const { length } = pattern
    addTo(hashesByLength, length, hashAll(pattern))
    addLength(lengthsByHead, readHead(pattern, 0), length)
    for (const bytes of [1, 2, 3]) beginnings.add(nameBeginning(pattern, 0, bytes))
  }

  return {
    find({ bytes, starts, ends, count }) {
      const spans: Span[] = []
      let hashes: Int32Array | undefined
      for (let at = 0; at + headBytes <= count; at++) {
        const lengths = lengthsByHead.get(readHead(bytes, at))
        if (lengths === undefined) continue
        hashes ??= hashPrefixes(bytes, count)
        const prefixes = hashes
        const isHere = (length: number) =>
          at + length <= count && hashesByLength.get(length)?.has(hashOf(prefixes, at, length))
        const length = lengths.find(isHere)
        if (length !== undefined) spans.push({ start: starts[at] as number, end: ends[at + length - 1] as number })
      }
      return spans
    },
    findOpenEnd({ bytes, starts, count, liveFrom, openFrom, together }) {
      for (let at = Math.max(liveFrom, count - longestPattern + 1); at < count; at++) {
        const left = count - at
        const isOpen =
          left < headBytes
            ? beginnings.has(nameBeginning(bytes, at, left))
            : lengthsByHead.get(readHead(bytes, at))?.some((length) => length > left)
        if (isOpen) return Math.min(openFrom, starts[at - ((at - liveFrom) % together)] as number)
      }
      return openFrom
    },
  }
}

function addTo(sets: Map<number, Set<number>>, key: number, value: number): void {
  const found = sets.get(key)
  if (found) found.add(value)
  else sets.set(key, new Set([value]))
}

/** Many patterns begin alike and are of one length: they share a list. Longest first. */
function addLength(lists: Map<number, number[]>, head: number, length: number): void {
  const lengths = lists.get(head)
  if (!lengths) lists.set(head, [length])
  else if (!lengths.includes(length)) {
    lengths.push(length)
    lengths.sort((a, b) => b - a)
  }
}

type Bytes = Uint8Array | Uint16Array

function readHead(bytes: Bytes, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
  return (a << 24) ^ (b << 16) ^ (c << 8) ^ d
}

function nameBeginning(bytes: Bytes, at: number, length: number): number {
  let name = length
  for (let index = at; index < at + length; index++) name = name * 512 + (bytes[index] as number)
  return name
}

/** At each index the hash of all that is before it. */
function hashPrefixes(bytes: Bytes, count: number): Int32Array {
  const hashes = new Int32Array(count + 1)
  for (let index = 0; index < count; index++)
    hashes[index + 1] = (Math.imul(hashes[index] as number, base) + (bytes[index] as number) + 1) | 0
  return hashes
}

function hashOf(prefixes: Int32Array, at: number, length: number): number {
  return ((prefixes[at + length] as number) - Math.imul(prefixes[at] as number, powers[length] as number)) | 0
}

function hashAll(bytes: Uint8Array): number {
  let hash = 0
  for (const byte of bytes) hash = (Math.imul(hash, base) + byte + 1) | 0
  return hash
}
