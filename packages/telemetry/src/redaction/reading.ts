/** A text as bytes: as they stand in it, or as they are written there in some encoding. */
export interface Reading {
  /** Bytes, and `gap` where what is before and after do not belong together. */
  bytes: Uint16Array
  /** Where in the text what makes each byte begins, and where it ends. */
  starts: Int32Array
  ends: Int32Array
  count: number
  /** The bytes from this one on may be continued by what follows the text. */
  liveFrom: number
  /** From this index of the text on it cannot be read before more of it is there; the text's length when all is read. */
  openFrom: number
  /** So many bytes, from `liveFrom` on, are read together: what is cut off between them is read as something else. */
  together: number
}

const gap = 256

function openReading(capacity: number, openFrom: number): Reading {
  const [starts, ends] = [new Int32Array(capacity), new Int32Array(capacity)]
  return { bytes: new Uint16Array(capacity), starts, ends, count: 0, liveFrom: 0, openFrom, together: 1 }
}

function put(reading: Reading, byte: number, start: number, end: number): void {
  const at = reading.count++
  reading.bytes[at] = byte
  reading.starts[at] = start
  reading.ends[at] = end
}

/** UTF-8. Half a surrogate pair is what it is for an encoder: U+FFFD. */
export function readPlain(text: string): Reading {
  const isHalf = /[\ud800-\udbff]$/.test(text.slice(-1))
  const reading = openReading(text.length * 3, isHalf ? text.length - 1 : text.length)
  for (let index = 0; index < text.length; ) {
    const code = text.codePointAt(index) as number
    const end = index + (code > 0xffff ? 2 : 1)
    putCode(reading, code, index, end)
    index = end
  }
  return reading
}

function putCode(reading: Reading, code: number, start: number, end: number): void {
  const valid = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code
  const encoded = valid < 0x80 ? [valid] : Buffer.from(String.fromCodePoint(valid))
  for (const byte of encoded) put(reading, byte, start, end)
}

/** Without what is open: that may come to be read as something else. */
export function dropUnread(reading: Reading): Reading {
  let { count } = reading
  while (count > 0 && (reading.starts[count - 1] as number) >= reading.openFrom) count -= 1
  return { ...reading, count }
}

/** One escape: what it stands for and how many bytes it takes; `open` when it may not be all there; undefined when it is none. */
type Escape = { code: number; length: number; isByte: boolean } | 'open' | undefined

function readEscapes(source: Reading, mark: number, readEscape: (ascii: string) => Escape, longest: number): Reading {
  const { bytes, starts, ends, count } = source
  const reading = openReading(count * 3, source.openFrom)
  for (let at = 0; at < count; ) {
    const found =
      bytes[at] === mark
        ? readEscape(String.fromCharCode(...bytes.subarray(at, Math.min(count, at + longest))))
        : undefined
    if (found === 'open') {
      // What is there is read as it stands, in case that nothing follows.
      reading.openFrom = Math.min(reading.openFrom, starts[at] as number)
    } else if (found !== undefined) {
      const [start, end] = [starts[at] as number, ends[at + found.length - 1] as number]
      if (found.isByte) put(reading, found.code, start, end)
      else putCode(reading, found.code, start, end)
      at += found.length
      continue
    }
    put(reading, bytes[at] as number, starts[at] as number, ends[at] as number)
    at += 1
  }
  return reading
}

const named: Record<string, number> = { n: 10, r: 13, t: 9, b: 8, f: 12 }

/** `\n`, `\"`, `\/`, `\u00e9` and what else JSON and its relatives write so. */
export function readEscaped(source: Reading): Reading {
  return readEscapes(source, 0x5c, readBackslash, 12)
}

function readBackslash(ascii: string): Escape {
  if (ascii.length < 2) return 'open'
  const [, letter = ''] = ascii
  if (letter !== 'u') {
    const code = named[letter] ?? letter.charCodeAt(0)
    return code > 0x7f ? undefined : { code, length: 2, isByte: true }
  }
  if (/^\\u[0-9a-f]{0,3}$/i.test(ascii)) return 'open'
  const [, first, second] = /^\\u([0-9a-f]{4})(?:\\u(d[c-f][0-9a-f]{2}))?/i.exec(ascii) ?? []
  if (first === undefined) return undefined
  const code = Number.parseInt(first, 16)
  if (code < 0xd800 || code > 0xdbff) return { code, length: 6, isByte: false }
  if (second === undefined) return ascii.length < 12 ? 'open' : { code, length: 6, isByte: false }
  const low = Number.parseInt(second, 16)
  return { code: 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00), length: 12, isByte: false }
}

/** `%2F`, in capitals or not. */
export function readPercent(source: Reading): Reading {
  return readEscapes(source, 0x25, readPercentEscape, 3)
}

function readPercentEscape(ascii: string): Escape {
  if (/^%[0-9a-f]{0,1}$/i.test(ascii)) return 'open'
  const [, digits] = /^%([0-9a-f]{2})/i.exec(ascii) ?? []
  return digits === undefined ? undefined : { code: Number.parseInt(digits, 16), length: 3, isByte: true }
}

/** A form's way with spaces. */
export function readPlusAsSpace(source: Reading): Reading {
  return { ...source, bytes: source.bytes.map((byte) => (byte === 0x2b ? 0x20 : byte)) }
}

/** What a digit is worth, by its character; 255 where it is none. */
type Digits = Uint8Array

function listDigits(...alphabets: string[]): Digits {
  const digits = new Uint8Array(257).fill(255)
  for (const alphabet of alphabets)
    for (const [worth, digit] of [...alphabet].entries()) digits[digit.charCodeAt(0)] = worth
  return digits
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const base64Digits = listDigits(`${letters}+/`, `${letters}-_`)
const hexDigits = listDigits('0123456789abcdef', '0123456789ABCDEF')

/** base64, and its form for addresses. */
const base64 = { digits: base64Digits, bitsEach: 6, together: 3 }
const hexadecimal = { digits: hexDigits, bitsEach: 4, together: 1 }

/**
 * As base64, from each of the four digits on with which a byte may begin, and as hexadecimal, from each of two. All are written into the
 * same memory: each is to be used before the next is asked for.
 */
export function* readEncoded(source: Reading): Generator<Reading> {
  const memory = openReading(source.count, source.openFrom)
  for (const skipped of [0, 1, 2, 3]) yield readDigits(memory, source, base64, skipped)
  for (const skipped of [0, 1]) yield readDigits(memory, source, hexadecimal, skipped)
}

interface Encoding {
  digits: Digits
  bitsEach: number
  /** Bytes that begin and end with a digit of their own. */
  together: number
}

/** Every run of digits as the bytes that they make, but for its first digits. */
function readDigits(memory: Reading, source: Reading, encoding: Encoding, skipped: number): Reading {
  const { bytes, count, openFrom } = source
  const isDigit = (at: number) => encoding.digits[bytes[at] as number] !== 255
  const reading = { ...memory, openFrom, together: encoding.together }
  for (let from = 0; from < count; from++) {
    if (!isDigit(from)) continue
    let to = from + 1
    while (to < count && isDigit(to)) to += 1
    const isAfterGap = reading.count === reading.liveFrom
    readRun(reading, source, encoding, { from: from + skipped, to })
    if (to < count && !(isAfterGap && reading.count === reading.liveFrom)) {
      put(reading, gap, 0, 0)
      reading.liveFrom = reading.count
    }
    from = to
  }
  return reading
}

function readRun(reading: Reading, source: Reading, encoding: Encoding, { from, to }: { from: number; to: number }) {
  const { bytes, starts, ends, count } = source
  const { digits, bitsEach, together } = encoding
  let [kept, bits, first] = [0, 0, from]
  const begun = reading.count
  for (let at = from; at < to; at++) {
    kept = ((kept << bitsEach) | (digits[bytes[at] as number] as number)) & 0xffff
    bits += bitsEach
    if (bits < 8) continue
    bits -= 8
    put(reading, (kept >> bits) & 0xff, starts[first] as number, ends[at] as number)
    // The digit that ends one byte may begin the next.
    first = bits > 0 ? at : at + 1
  }
  if (to < count || first >= to) return
  const loose = (reading.count - begun) % together
  const open = loose > 0 ? reading.starts[reading.count - loose] : starts[first]
  reading.openFrom = Math.min(reading.openFrom, open as number)
}
