/** What Stevedore's own probes call themselves: an app may leave them out of its access log by it. */
export const healthUserAgent = 'stevedore-health'

/** The one request of a health check, by HTTP/1.1. */
export function buildHealthRequest(path: string, host: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${healthUserAgent}\r\nConnection: close\r\n\r\n`
}

/** How a replica is called when it is asked for its health: by its main name, unless that stands for many. */
export function nameInChecks(host: string | undefined): string {
  return host && !host.startsWith('*') ? host : 'localhost'
}

/** What is before the answer proper: `103 Early Hints` and its like, of which there may be several. */
const interim = /^HTTP\/1\.[01] 1\d\d[\s\S]*?\r\n\r\n/

export interface HealthAnswer {
  status: number
  body: string
}

/** Reads the final answer of a probe; undefined where none came. */
export function readHealthAnswer(text: string): HealthAnswer | undefined {
  let rest = text
  while (interim.test(rest)) rest = rest.replace(interim, '')
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(rest)?.[1]
  if (!status) return undefined
  const bodyAt = rest.indexOf('\r\n\r\n')
  return { status: Number(status), body: bodyAt < 0 ? '' : rest.slice(bodyAt + 4).trim() }
}

export function isHealthyStatus(status: number): boolean {
  return status >= 200 && status < 400
}

/** Too Many Requests: it is alive, with more to do than it can. To take it out of the route would only burden the others. */
export const busyStatus = 429
