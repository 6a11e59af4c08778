import { hexDigits, none } from './digits.ts'
import { openReading, put, putCode, type Reading } from './reading.ts'

const [backslash, percent, plus, space, letterU] = Array.from('\\%+ u', (letter) => letter.charCodeAt(0))
/** What stands behind a backslash and is not itself. */
const named: Record<number, number> = Object.fromEntries(
  Object.entries({ n: 10, r: 13, t: 9, b: 8, f: 12 }).map(([letter, code]) => [letter.charCodeAt(0), code]),
)

/** `\n`, `\"`, `\/`, `\u00e9` and what else JSON and its relatives write so. */
export function readEscaped(source: Reading): Reading {
  const reading = openReading(source.count)
  for (let at = 0; at < source.count; )
    at += (source.bytes[at] === backslash && putEscape(reading, source, at)) || copy(reading, source, at)
  return reading
}

export function holdsEscapes({ bytes, count }: Reading): boolean {
  return bytes.subarray(0, count).includes(backslash as number)
}

/** @returns how many bytes the escape takes; 0 when it is none */
function putEscape(reading: Reading, { bytes, starts, ends, count }: Reading, at: number): number {
  if (at + 1 >= count) return 0
  const [start, letter] = [starts[at] as number, bytes[at + 1] as number]
  if (letter > 0x7f) return 0
  if (letter !== letterU) {
    put(reading, named[letter] ?? letter, start, ends[at + 1] as number)
    return 2
  }
  const code = readHex(bytes, at + 2, 4, count)
  if (code < 0) return 0
  const low =
    isHigh(code) && bytes[at + 6] === backslash && bytes[at + 7] === letterU ? readHex(bytes, at + 8, 4, count) : -1
  const isPair = low >= 0xdc00 && low <= 0xdfff
  const length = isPair ? 12 : 6
  const whole = isPair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : code
  putCode(reading, whole, start, ends[at + length - 1] as number)
  return length
}

const isHigh = (code: number) => code >= 0xd800 && code <= 0xdbff

function copy(reading: Reading, { bytes, starts, ends }: Reading, at: number): number {
  put(reading, bytes[at] as number, starts[at] as number, ends[at] as number)
  return 1
}

/** `%2F`, in capitals or not. */
export function readPercent(source: Reading): Reading {
  const { bytes, starts, ends, count } = source
  const reading = openReading(count)
  for (let at = 0; at < count; ) {
    const byte = bytes[at] === percent ? readHex(bytes, at + 1, 2, count) : -1
    if (byte < 0) at += copy(reading, source, at)
    else {
      put(reading, byte, starts[at] as number, ends[at + 2] as number)
      at += 3
    }
  }
  return reading
}

/** A form's way with spaces. */
export function readPlusAsSpace(source: Reading): Reading {
  return { ...source, bytes: source.bytes.map((byte) => (byte === plus ? (space as number) : byte)) }
}

/** -1 when it is no number of so many digits. */
function readHex(bytes: Uint8Array, at: number, length: number, count: number): number {
  if (at + length > count) return -1
  let read = 0
  for (let index = at; index < at + length; index++) {
    const digit = hexDigits[bytes[index] as number] as number
    if (digit === none) return -1
    read = read * 16 + digit
  }
  return read
}
