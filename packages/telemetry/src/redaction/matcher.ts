import type { Reading } from './reading.ts'
import type { Span } from './spans.ts'

/** Finds many patterns at once. Its time is that of the text and its memory that of the number of patterns, however long they are. */
export interface Matcher {
  /** In bytes, that of the shortest pattern; infinite when there is none. */
  shortest: number
  /** Of the patterns that begin at one byte the longest; by start. */
  find(reading: Reading): Span[]
}

/** All patterns of one length, by their hashes. */
interface Group {
  length: number
  /** By which the hash of what stands before is multiplied, to be taken off. */
  power: number
  hashes: Set<number>
}

/** Of the FNV hash: odd, and without a short period. */
const base = 0x01000193

/**
 * Rabin and Karp's way: a pattern is known by its first four bytes, its length and its hash, so that nothing of it is kept. Two texts of one
 * hash, which is one in four thousand million, mask too much and never too little.
 */
export function createMatcher(patterns: readonly Uint8Array[]): Matcher {
  const shortest = patterns.reduce((least, { length }) => Math.min(least, length), Number.POSITIVE_INFINITY)
  const { byHead, mayBegin } = groupByHead(patterns)

  /** A loop over every byte of all that is shown: nothing is made in it unless a pattern may begin there. */
  function find({ bytes, starts, ends, count }: Reading): Span[] {
    const spans: Span[] = []
    let hashes: Int32Array | undefined
    for (let at = 0; at + shortest <= count; at++) {
      const head = readHead(bytes, at)
      if (mayBegin[shorten(head)] === 0) continue
      const groups = byHead.get(head)
      if (groups === undefined) continue
      hashes ??= hashPrefixes(bytes, count)
      const length = findLongest(groups, hashes, at)
      if (length > 0) spans.push({ start: starts[at] as number, end: ends[at + length - 1] as number })
    }
    return spans
  }
  return { shortest, find }
}

/** Most bytes begin no pattern: a table of shortened heads says so before the map is asked. */
function groupByHead(patterns: readonly Uint8Array[]): { byHead: Map<number, Group[]>; mayBegin: Uint8Array } {
  const byLength = new Map<number, Group>()
  const byHead = new Map<number, Group[]>()
  const mayBegin = new Uint8Array(2 ** 16)
  for (const pattern of patterns) {
    const { length } = pattern
    const group = byLength.get(length) ?? { length, power: raise(base, length), hashes: new Set() }
    byLength.set(length, group)
    group.hashes.add(hashAll(pattern))
    const head = readHead(pattern, 0)
    mayBegin[shorten(head)] = 1
    const groups = byHead.get(head)
    if (groups === undefined) byHead.set(head, [group])
    else if (!groups.includes(group)) groups.push(group)
  }
  for (const groups of byHead.values()) groups.sort((a, b) => b.length - a.length)
  return { byHead, mayBegin }
}

/** 0 when none of these is there. */
function findLongest(groups: readonly Group[], hashes: Int32Array, at: number): number {
  for (const group of groups) {
    const end = at + group.length
    if (end >= hashes.length) continue
    const hash = ((hashes[end] as number) - Math.imul(hashes[at] as number, group.power)) | 0
    if (group.hashes.has(hash)) return group.length
  }
  return 0
}

function readHead(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  )
}

/** To 16 bits. */
function shorten(head: number): number {
  return Math.imul(head, 0x9e3779b1) >>> 16
}

/** At each index the hash of all that is before it. */
function hashPrefixes(bytes: Uint8Array, count: number): Int32Array {
  const hashes = new Int32Array(count + 1)
  for (let index = 0; index < count; index++)
    hashes[index + 1] = (Math.imul(hashes[index] as number, base) + (bytes[index] as number) + 1) | 0
  return hashes
}

function hashAll(bytes: Uint8Array): number {
  let hash = 0
  for (const byte of bytes) hash = (Math.imul(hash, base) + byte + 1) | 0
  return hash
}

/** In 32 bits. */
function raise(number: number, exponent: number): number {
  if (exponent === 0) return 1
  const half = raise(Math.imul(number, number), exponent >> 1)
  return exponent & 1 ? Math.imul(half, number) : half
}
