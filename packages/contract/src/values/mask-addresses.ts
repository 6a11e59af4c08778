/** Hides the `user:password@` of any address in a text: what git, Docker and registries say may quote one. */
export function maskAddresses(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1***@')
}
