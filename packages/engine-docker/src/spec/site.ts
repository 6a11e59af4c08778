/** What operators and other workers call an engine. @param host as environments name it; undefined for the worker's own */
export function nameSite(host: string | undefined): string {
  return host === undefined ? 'docker' : `docker host ${host}`
}
