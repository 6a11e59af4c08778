/** Shorter values cannot be told from ordinary text. */
const minBytes = 4
/** A value of several lines is also met line by line; its shortest lines (`{`, `}`, `fi`) say nothing. */
const minLineBytes = 6
/**
 * A long value is also met piece by piece, wherever it is broken off: what tools make of 48 and 57 bytes in base64 is a line of 64 and of 76
 * characters.
 */
const pieceBytes = [48, 57]
/** The last of these lines may be short. Decoded that is no word by chance; as it stands it may be one: the `production` at the end of an address. */
const minPieceBytes = 16

export interface Patterns {
  /** To be looked for in every reading of a text. */
  anywhere: Uint8Array[]
  /** Only in what was decoded from base64 or hexadecimal. */
  encoded: Uint8Array[]
}

/** What is looked for of the secret values: each whole, without the blanks around it, by its lines and by its pieces. */
export function listPatterns(secretValues: readonly string[]): Patterns {
  const texts = secretValues.flatMap((value) => [value, value.trim()])
  const values = [...new Set(texts)].map((text) => Buffer.from(text)).filter(({ length }) => length >= minBytes)
  const pieces = values.flatMap((value) => pieceBytes.flatMap((size) => cut(value, size)))
  return {
    anywhere: [
      ...values,
      ...secretValues.flatMap(listLines),
      ...pieces.filter(({ length }) => length >= minPieceBytes),
    ],
    encoded: pieces.filter(({ length }) => length >= minLineBytes && length < minPieceBytes),
  }
}

/** Without the blanks around them. */
function listLines(value: string): Uint8Array[] {
  const lines = value.split('\n')
  if (lines.length === 1) return []
  return lines.map((line) => Buffer.from(line.trim())).filter(({ length }) => length >= minLineBytes)
}

/** A longer value in pieces, one after the other, and as many bytes of its end: together they cover it. */
function cut(value: Uint8Array, size: number): Uint8Array[] {
  if (value.length <= size) return []
  const starts = Array.from({ length: Math.ceil(value.length / size) }, (_, index) => index * size)
  return [...starts.map((start) => value.subarray(start, start + size)), value.subarray(-size)]
}
