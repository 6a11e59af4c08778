const blockBytes = 2 ** 20

export interface Bytes {
  size(): number
  add(added: Uint8Array): void
  /** Those from one place up to another, in parts. */
  list(from?: number, to?: number): Iterable<Uint8Array>
  /** The same as text. */
  decode(from: number, to: number): string
}

/** Bytes in blocks: an array that grew by doubling would for a moment be there twice, and its new half be empty. */
export function createBytes(): Bytes {
  const blocks: Uint8Array<ArrayBuffer>[] = []
  const decoder = new TextDecoder()
  let size = 0

  function add(added: Uint8Array): void {
    for (let at = 0; at < added.length; ) {
      const within = size % blockBytes
      if (within === 0) blocks.push(new Uint8Array(blockBytes))
      const part = added.subarray(at, at + blockBytes - within)
      blocks.at(-1)?.set(part, within)
      at += part.length
      size += part.length
    }
  }

  function* list(from = 0, to = size): Generator<Uint8Array> {
    for (let at = from; at < to; at += blockBytes - (at % blockBytes)) {
      const within = at % blockBytes
      const block = blocks[(at - within) / blockBytes]
      if (block) yield block.subarray(within, Math.min(blockBytes, within + to - at))
    }
  }

  function decode(from: number, to: number): string {
    let text = ''
    for (const part of list(from, to)) text += decoder.decode(part, { stream: true })
    return text + decoder.decode()
  }

  return { size: () => size, add, list, decode }
}
