const shown = 10
const longestShown = 100
/** Of a repository with more names, these are compared: near ones are found in a moment, whatever somebody pushed. */
const compared = 5_000

/** `there are feature/x, main and 12 more`: names that are near to what was asked for come first. */
export function listNear(names: readonly string[], wanted: string): string {
  if (names.length === 0) return 'there are none'
  const some = names.slice(0, compared).map((name) => name.slice(0, longestShown))
  const ranked = some.map((name) => ({ name, distance: measureDistance(name, wanted.slice(0, longestShown)) }))
  const near = ranked.sort((a, b) => a.distance - b.distance).slice(0, shown)
  const more = names.length - near.length
  return `there are ${near.map(({ name }) => name).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** How many letters differ (Levenshtein), upper and lower case alike; a name that holds the other, or is held by it, is nearest. */
function measureDistance(name: string, wanted: string): number {
  const [a, b] = [name.toLowerCase(), wanted.toLowerCase()]
  if (a.includes(b) || b.includes(a)) return 0
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (let at = 1; at <= b.length; at++) {
      const [left = 0, above = 0, before = 0] = [next[at - 1], row[at], row[at - 1]]
      next.push(Math.min(left + 1, above + 1, before + (letter === b[at - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
