import { type Digits, hexDigits, listDigits, none } from './digits.ts'
import { openReading, put, type Reading } from './reading.ts'

interface Encoding {
  digits: Digits
  bitsEach: number
  /** With how many of the digits, one after the other, a byte may begin. */
  alignments: number
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** base64, and its form for addresses. */
const base64: Encoding = { digits: listDigits(`${letters}+/`, `${letters}-_`), bitsEach: 6, alignments: 4 }
const hexadecimal: Encoding = { digits: hexDigits, bitsEach: 4, alignments: 2 }

/**
 * Every run of digits as the bytes that they make, from each digit on with which a byte may begin; runs that make fewer bytes than are looked
 * for are passed over. All are written into the same memory: each is to be used before the next is asked for.
 */
export function* readEncoded(source: Reading, minBytes: number): Generator<Reading> {
  let memory: Reading | undefined
  for (const encoding of [base64, hexadecimal]) {
    const minDigits = Math.ceil((minBytes * 8) / encoding.bitsEach)
    for (let from = 0; from + minDigits <= source.count; ) {
      const to = findEnd(source, encoding, from)
      if (to - from >= minDigits) {
        memory ??= openReading(source.count)
        for (let skipped = 0; skipped < encoding.alignments; skipped++)
          yield readRun(memory, source, encoding, { from: from + skipped, to })
      }
      from = to + 1
    }
  }
}

/** Of the run of digits that begins there. */
function findEnd({ bytes, count }: Reading, { digits }: Encoding, from: number): number {
  let to = from
  while (to < count && digits[bytes[to] as number] !== none) to += 1
  return to
}

function readRun(
  reading: Reading,
  { bytes, starts, ends }: Reading,
  { digits, bitsEach }: Encoding,
  { from, to }: { from: number; to: number },
): Reading {
  reading.count = 0
  let [kept, bits, first] = [0, 0, from]
  for (let at = from; at < to; at++) {
    kept = ((kept << bitsEach) | (digits[bytes[at] as number] as number)) & 0xffff
    bits += bitsEach
    if (bits < 8) continue
    bits -= 8
    put(reading, (kept >> bits) & 0xff, starts[first] as number, ends[at] as number)
    // The digit that ends one byte may begin the next.
    first = bits > 0 ? at : at + 1
  }
  return reading
}
