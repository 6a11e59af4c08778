const lineFeed = 10

/** The lines of an output: its bytes as they came, and where each line begins. Only what is looked at becomes text. */
export interface Lines {
  /** How many there are; the last may still grow. */
  count(): number
  /** How many bytes there are. */
  size(): number
  add(bytes: Uint8Array): void
  /** One line, without its end. */
  read(index: number): string
  /** The line that holds this byte. */
  find(offset: number): number
}

export function createLines(): Lines {
  let bytes = new Uint8Array(65_536)
  let starts = new Uint32Array(4_096)
  let size = 0
  let ends = 0
  const decoder = new TextDecoder()

  function add(added: Uint8Array): void {
    if (size + added.length > bytes.length) bytes = grow(bytes, size + added.length)
    bytes.set(added, size)
    for (let at = added.indexOf(lineFeed); at !== -1; at = added.indexOf(lineFeed, at + 1)) {
      ends += 1
      if (ends >= starts.length) starts = grow(starts, ends + 1)
      starts[ends] = size + at + 1
    }
    size += added.length
  }

  function startOf(index: number): number {
    return index > ends ? size : (starts[index] ?? size)
  }

  return {
    // What stands behind the last line feed is a line once there is something.
    count: () => ends + (size > startOf(ends) ? 1 : 0),
    size: () => size,
    add,
    read: (index) => decoder.decode(bytes.subarray(startOf(index), startOf(index + 1))).replace(/\r?\n$/, ''),
    find(offset) {
      let low = 0
      let high = ends
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if (startOf(middle) <= offset) low = middle
        else high = middle - 1
      }
      return low
    },
  }
}

function grow<A extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(old: A, least: number): A {
  const Kind = old.constructor as new (length: number) => A
  const next = new Kind(Math.max(least, old.length * 2))
  next.set(old)
  return next
}
