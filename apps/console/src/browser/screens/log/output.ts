import { changesLook, type Look, plain } from './colours.ts'
import { createLines, type Lines } from './lines.ts'

/**
 * The output of a job, of which the end comes first: what is before it is added apart, if somebody wants it. Lines and bytes are counted from
 * the very first, so that a line keeps its number and its place whatever has come.
 */
export interface Output {
  /** Where what came first begins. Before that nothing is added. */
  begin(place: Place): void
  hasBegun(): boolean
  /** How many lines there are, with those that have not come; the last may still grow. */
  count(): number
  /** How many have ended. */
  ended(): number
  /** The byte that comes next at the end. */
  size(): number
  add(bytes: Uint8Array): void
  /** What has not come of what is before; undefined where nothing is missing. */
  gap(): Gap | undefined
  /** What comes next at the beginning of the gap. */
  fill(bytes: Uint8Array): void
  /** undefined where it has not come. */
  read(line: number, mostBytes?: number): string | undefined
  look(line: number): Look
  /** The line that holds this byte; undefined where that has not come. */
  find(offset: number): number | undefined
}

interface Place {
  line: number
  offset: number
}

export interface Gap {
  /** The first byte that is missing, and the first that is there again. */
  from: number
  to: number
  /** How many lines before `to` there are. */
  lines: number
}

export function createOutput(): Output {
  const early = createLines()
  let late = createLines()
  let start: Place | undefined
  const at = () => start ?? { line: 0, offset: 0 }

  function gap(): Gap | undefined {
    const { line, offset } = at()
    // Where no line is before, older output was removed: what came is all there is.
    return line === 0 || early.size() >= offset ? undefined : { from: early.size(), to: offset, lines: line }
  }

  function fill(bytes: Uint8Array): void {
    early.add(bytes.subarray(0, at().offset - early.size()))
    if (!gap()) late = dyeAgain(late, early.look(early.ended()))
  }

  return {
    begin(place) {
      start = place
    },
    hasBegun: () => start !== undefined,
    count: () => at().line + late.count(),
    ended: () => at().line + late.ended(),
    size: () => at().offset + late.size(),
    add: (bytes) => late.add(bytes),
    gap,
    fill,
    read(line, mostBytes) {
      if (line >= at().line) return late.read(line - at().line, mostBytes)
      return line < early.ended() ? early.read(line, mostBytes) : undefined
    },
    look: (line) => (line >= at().line ? late.look(line - at().line) : early.look(line)),
    find(offset) {
      if (offset >= at().offset) return at().line + late.find(offset - at().offset)
      return offset < early.size() ? early.find(offset) : undefined
    },
  }
}

/** Colours that were set before what came first hold in it as well. */
function dyeAgain(lines: Lines, begin: Look): Lines {
  if (!changesLook(plain, begin)) return lines
  const again = createLines(begin)
  for (const part of lines.list()) again.add(part)
  return again
}
