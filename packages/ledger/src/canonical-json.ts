/** JSON text with every NUL and lone surrogate, which Postgres refuses, replaced by U+FFFD. */
export function toStorableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'string' ? toStorableText(inner) : inner))
}

export function toStorableText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

/** One text per JSON value: keys in code unit order, no spaces, undefined members left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(JSON.parse(toStorableJson(value)), (_key, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? sortKeys(inner) : inner,
  )
}

function sortKeys(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}
