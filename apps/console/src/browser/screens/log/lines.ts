import { createBytes } from './bytes.ts'
import { changesLook, findEndLook, type Look, plain } from './colours.ts'

const lineFeed = 10
const escapeCode = 27

/** The lines of an output: its bytes as they came, and where each line begins. Only what is looked at becomes text. */
export interface Lines {
  /** How many there are; the last may still grow. */
  count(): number
  /** How many have ended. */
  ended(): number
  /** How many bytes there are. */
  size(): number
  add(bytes: Uint8Array): void
  /** One line, without its end; no more of it than so many bytes. */
  read(index: number, mostBytes?: number): string
  /** How its text looks at its beginning, by what came before. */
  look(index: number): Look
  /** The line that holds this byte. */
  find(offset: number): number
  /** All bytes again. */
  list(): Iterable<Uint8Array>
}

/** @param begin how the text looks at its very beginning */
export function createLines(begin: Look = plain): Lines {
  const bytes = createBytes()
  const looks = createLooks(begin)
  let starts = new Uint32Array(4_096)
  let ends = 0
  let isColoured = false

  function add(added: Uint8Array): void {
    const from = bytes.size()
    bytes.add(added)
    let coloured = added.indexOf(escapeCode)
    for (let at = added.indexOf(lineFeed); at !== -1; at = added.indexOf(lineFeed, at + 1)) {
      if (coloured !== -1 && coloured < at) {
        isColoured = true
        coloured = added.indexOf(escapeCode, at)
      }
      endLine(from + at + 1)
    }
    if (coloured !== -1) isColoured = true
  }

  function endLine(next: number): void {
    ends += 1
    if (ends >= starts.length) starts = grow(starts)
    starts[ends] = next
    if (isColoured) looks.set(ends, findEndLook(read(ends - 1), looks.find(ends - 1)))
    isColoured = false
  }

  const startOf = (index: number) => (index > ends ? bytes.size() : (starts[index] ?? bytes.size()))

  function read(index: number, mostBytes = Number.POSITIVE_INFINITY): string {
    const start = startOf(index)
    return bytes.decode(start, Math.min(startOf(index + 1), start + mostBytes)).replace(/\r?\n$/, '')
  }

  return {
    // What stands behind the last line feed is a line once there is something.
    count: () => ends + (bytes.size() > startOf(ends) ? 1 : 0),
    ended: () => ends,
    size: bytes.size,
    add,
    read,
    look: looks.find,
    find: (offset) => findLast(ends + 1, (index) => startOf(index) <= offset),
    list: bytes.list,
  }
}

/** How lines look at their beginning: kept where that changes, which in most outputs is nowhere. */
function createLooks(begin: Look) {
  const changes = [{ line: 0, look: begin }]
  const find = (line: number) =>
    changes[findLast(changes.length, (index) => changes[index]!.line <= line)]?.look ?? begin
  return {
    find,
    set(line: number, look: Look): void {
      if (changesLook(changes.at(-1)?.look ?? begin, look)) changes.push({ line, look })
    },
  }
}

/** The last of so many, in order, of which something holds; the first where it holds of none. */
function findLast(count: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}

function grow(old: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(old.length * 2)
  next.set(old)
  return next
}
