/** What JSON.stringify escapes: NUL, lone surrogates, and any other; the last so that an escaped backslash is read as a pair. */
const escapes = /\\(u0000|ud[89a-f][0-9a-f]{2}|.)/g

/** JSON text with every NUL and lone surrogate, which Postgres refuses, replaced by U+FFFD, in keys as in values. */
export function toStorableJson(value: unknown): string {
  return JSON.stringify(value).replace(escapes, (whole, code: string) => (code.length > 1 ? '\ufffd' : whole))
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
