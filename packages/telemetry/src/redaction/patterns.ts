/** Shorter values cannot be told from ordinary text. */
const minBytes = 4
/** A value of several lines is also met line by line; its shortest lines (`{`, `}`, `fi`) say nothing. */
const minLineBytes = 6
/** What is longer is met by its pieces alone, so that a stream never keeps back more than this. */
export const longestPattern = 1_024
/**
 * A long value is also met piece by piece, wherever it is broken off: what tools make of 48 and 57 bytes in base64 is a line of 64 and of 76
 * characters.
 */
const pieceBytes = [48, 57]

/** What is looked for of the secret values: each whole, by its lines and by its pieces. */
export function listPatterns(secretValues: readonly string[]): Uint8Array[] {
  const values = secretValues.map((value) => Buffer.from(value)).filter(({ length }) => length >= minBytes)
  return values.flatMap((value) => [...listWhole(value), ...pieceBytes.flatMap((size) => cut(value, size))])
}

function listWhole(value: Uint8Array): Uint8Array[] {
  const lines = splitLines(value)
  const whole = lines.length > 1 ? [value, ...lines.filter(({ length }) => length >= minLineBytes)] : [value]
  return whole.flatMap((one) => (one.length > longestPattern ? cut(one, longestPattern) : [one]))
}

const [space, tab, lineFeed, carriageReturn] = [0x20, 0x09, 0x0a, 0x0d]

/** Without the blanks around them. */
function splitLines(value: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let from = 0; from <= value.length; ) {
    const end = value.indexOf(lineFeed, from)
    const to = end < 0 ? value.length : end
    lines.push(trim(value.subarray(from, to)))
    from = to + 1
  }
  return lines
}

function trim(line: Uint8Array): Uint8Array {
  const isBlank = (byte = 0) => byte === space || byte === tab || byte === carriageReturn
  let [from, to] = [0, line.length]
  while (from < to && isBlank(line[from])) from += 1
  while (from < to && isBlank(line[to - 1])) to -= 1
  return line.subarray(from, to)
}

/** A longer value in pieces, one after the other, and as many bytes of its end: together they cover it. */
function cut(value: Uint8Array, size: number): Uint8Array[] {
  if (value.length <= size) return []
  const starts = Array.from({ length: Math.ceil(value.length / size) }, (_, index) => index * size)
  const pieces = starts.map((start) => value.subarray(start, start + size))
  return [...pieces.filter((piece) => piece.length >= minLineBytes), value.subarray(-size)]
}
