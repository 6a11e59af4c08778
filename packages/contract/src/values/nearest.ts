/** The known name that a wanted one is most likely a slip of the pen of, or the beginning of; undefined where none is near. */
export function findNearest(wanted: string, known: Iterable<string>): string | undefined {
  const text = wanted.toLowerCase()
  const rated = [...known].map((name) => ({ name, distance: rate(text, name.toLowerCase()) }))
  return rated.filter(({ distance }) => distance !== Infinity).sort((a, b) => a.distance - b.distance)[0]?.name
}

/** `, did you mean NAME?` to end a sentence with; empty where nothing is near. */
export function suggest(wanted: string, known: Iterable<string>): string {
  const nearest = findNearest(wanted, known)
  return nearest === undefined ? '' : `, did you mean ${nearest}?`
}

/** Names are short: what is longer is no slip of the pen, and comparing it would take long. */
const longest = 100

function rate(wanted: string, name: string): number {
  if (wanted.length > longest || name.length > longest) return Infinity
  if (wanted.length >= 3 && name.startsWith(wanted)) return 1
  const distance = countEdits(wanted, name)
  const tolerated = Math.min(3, Math.max(1, Math.floor(Math.max(wanted.length, name.length) / 3)))
  return distance <= tolerated && distance < name.length ? distance : Infinity
}

/** Letters to add, drop, change or swap with their neighbour: the optimal string alignment distance. */
function countEdits(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const change = at(above, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const swap = row > 1 && column > 1 && isSwap ? at(before, column - 2) + 1 : Infinity
      current[column] = Math.min(change, swap, at(above, column) + 1, at(current, column - 1) + 1)
    }
    before = above
    above = current
  }
  return at(above, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
