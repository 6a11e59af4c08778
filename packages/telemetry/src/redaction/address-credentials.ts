import type { Span } from './spans.ts'

/** `user:password` of an address; `git`, everybody's user, may be seen. A look-ahead, so that one find hides no other that begins inside it. */
const credentials = /(?=(?<=:\/\/)(?!git@)([^\s/?#"'`<>\\]{1,1024})@)/g

export function findAddressCredentials(text: string): Span[] {
  if (!text.includes('://')) return []
  return [...text.matchAll(credentials)].map(({ index, 1: found = '' }) => ({
    start: index,
    end: index + found.length,
  }))
}
