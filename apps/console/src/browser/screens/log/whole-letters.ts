/** Keeps back a letter of which the rest is in the next piece: whoever goes on after a break asks for what begins with a letter. */
export async function* keepWhole(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let kept = new Uint8Array()
  for await (const piece of pieces) {
    const bytes = kept.length === 0 ? piece : join(kept, piece)
    const end = findLetterEnd(bytes)
    kept = bytes.slice(end)
    if (end > 0) yield bytes.subarray(0, end)
  }
  if (kept.length > 0) yield kept
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** Where the last whole letter ends, in UTF-8. */
export function findLetterEnd(bytes: Uint8Array): number {
  const longest = 4
  for (let back = 1; back <= Math.min(longest, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    const isContinued = (byte & 0xc0) === 0x80
    if (!isContinued) return back < countBytes(byte) ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** Of the letter that begins with this byte. */
function countBytes(first: number): number {
  if (first >= 0xf0) return 4
  if (first >= 0xe0) return 3
  return first >= 0xc0 ? 2 : 1
}
