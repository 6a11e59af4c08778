import { keepEnd } from './text.ts'

/**
 * Hides the `user:password@` of any address in a text. Looks from each `://` as far as the next slash, and never twice at the same place:
 * the time grows with the text alone.
 */
export function maskAddresses(text: string): string {
  return text.replace(/(?<=[a-z0-9+.-]:\/\/)[^\s/]+@/gi, '***@')
}

/** The end of what a foreign program says holds why it stopped. */
const longestWords = 32_768

/**
 * What git, an engine, a builder or a registry says, as it may be looked at, kept and shown: without credentials, and cut. In this order: a
 * cut may come between an address and the password in it.
 */
export function quoteForeign(text: string): string {
  return keepEnd(maskAddresses(text), longestWords)
}
