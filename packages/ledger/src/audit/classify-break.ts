import { type HashedEntry, hashEntry } from './entry-hash.ts'

export interface ChainEntry extends HashedEntry {
  hash: string
}

export interface Break {
  seq: number
  reason: 'edited' | 'deleted' | 'inserted' | 'reordered' | 'cut' | 'rewritten'
}

/** An entry fits when it is the next one, refers to the one before and hashes to what it says. */
export function fits(entry: ChainEntry, seq: number, prevHash: string): boolean {
  return entry.seq === seq && entry.prevHash === prevHash && hashEntry(entry) === entry.hash
}

/**
 * Says what was done to a chain, from the first entry that does not fit and its neighbours. An entry's hash covers its number, so that one which
 * was moved still tells where it stood.
 * @param expected the number that the entry should have
 * @param before the two entries before it, nearest first
 * @param highest the largest number in the chain
 */
export function classifyBreak(
  expected: number,
  before: readonly [ChainEntry?, ChainEntry?],
  entry: ChainEntry,
  next: ChainEntry | undefined,
  highest: number,
): Break {
  const { seq } = entry
  if (seq > expected) return { seq: expected, reason: 'deleted' }
  if (seq < expected) return { seq, reason: 'inserted' }
  const stood = findPlace(entry, highest)
  const nextStood = next && findPlace(next, highest)
  if (stood === seq)
    return nextStood === seq || !before[0] ? { seq, reason: 'inserted' } : { seq: seq - 1, reason: 'edited' }
  if (stood === seq - 1 && before[0] && entry.prevHash === before[0].prevHash)
    return { seq: seq - 1, reason: 'inserted' }
  if (stood === seq + 1 && (!next || nextStood === next.seq + 1)) return { seq, reason: 'deleted' }
  if (stood !== undefined) return { seq, reason: 'reordered' }
  return { seq, reason: nextStood === seq ? 'inserted' : 'edited' }
}

/** The number under which the entry's hash is right; undefined when its content was changed. */
function findPlace(entry: ChainEntry, highest: number): number | undefined {
  const matches = (seq: number) => hashEntry({ ...entry, seq }) === entry.hash
  for (const seq of [entry.seq, entry.seq - 1, entry.seq + 1]) if (matches(seq)) return seq
  for (let seq = 1; seq <= highest + 1; seq++) if (matches(seq)) return seq
  return undefined
}
