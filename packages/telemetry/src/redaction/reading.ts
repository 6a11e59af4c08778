/** A text as bytes: as they stand in it, or as they are written there in some encoding. */
export interface Reading {
  /** Of this and of what follows the first `count`: all are as long as may be needed. */
  bytes: Uint8Array
  /** Where in the text what makes each byte begins, and where it ends. */
  starts: Int32Array
  ends: Int32Array
  count: number
}

export function openReading(capacity: number): Reading {
  return {
    bytes: new Uint8Array(capacity),
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
    count: 0,
  }
}

export function put(reading: Reading, byte: number, start: number, end: number): void {
  const at = reading.count++
  reading.bytes[at] = byte
  reading.starts[at] = start
  reading.ends[at] = end
}

/** UTF-8. Half a surrogate pair is what it is for an encoder: U+FFFD. */
export function readPlain(text: string): Reading {
  const isAscii = /^[\0-\x7f]*$/.test(text)
  const reading = openReading(isAscii ? text.length : text.length * 3)
  for (let index = 0; index < text.length; ) {
    const code = isAscii ? text.charCodeAt(index) : (text.codePointAt(index) as number)
    const end = index + (code > 0xffff ? 2 : 1)
    putCode(reading, code, index, end)
    index = end
  }
  return reading
}

export function putCode(reading: Reading, given: number, start: number, end: number): void {
  if (given < 0x80) {
    put(reading, given, start, end)
    return
  }
  const code = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given
  if (code < 0x800) put(reading, 0xc0 | (code >> 6), start, end)
  else {
    if (code < 0x10000) put(reading, 0xe0 | (code >> 12), start, end)
    else {
      put(reading, 0xf0 | (code >> 18), start, end)
      put(reading, 0x80 | ((code >> 12) & 0x3f), start, end)
    }
    put(reading, 0x80 | ((code >> 6) & 0x3f), start, end)
  }
  put(reading, 0x80 | (code & 0x3f), start, end)
}
