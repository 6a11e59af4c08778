import { ProblemError } from '@stevedore/contract'

export function writeETag(etag: string): string {
  return `"${etag}"`
}

/** The one strong ETag of an If-Match header. A weak one never matches; lists and `*` are not taken. */
export function readIfMatch(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const etag = /^"([\x21\x23-\x7e]{1,200})"$/.exec(header)?.[1]
  if (etag === undefined) throw new ProblemError('precondition-failed', 'If-Match takes one ETag as an answer gave it.')
  return etag
}
