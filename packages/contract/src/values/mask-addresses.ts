/**
 * Hides the `user:password@` of any address in a text: what git, Docker and registries say may quote one. A scheme is looked for only as
 * far back as one is long, so that the time grows with the text alone.
 */
export function maskAddresses(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/]+@/gi, '$1***@')
}
