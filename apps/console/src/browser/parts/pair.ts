/** Two that are held against each other, by their numbers. */
export interface Pair {
  from: number
  to: number
}

export interface Choice {
  number: number
  /** What it is called where it is chosen. */
  words: string
}

/** What there is to choose from: an address may name what is too old to be listed. */
export function listChoices(choices: readonly Choice[], pair: Pair | null): Choice[] {
  const listed = new Set(choices.map(({ number }) => number))
  const missing = pair ? [...new Set([pair.from, pair.to])].filter((number) => !listed.has(number)) : []
  return [...choices, ...missing.map((number) => ({ number, words: String(number) }))]
}

/** A value as a text: another than a text as JSON; undefined where there is none. */
export function writeValue(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
