import { buildHealthRequest, busyStatus } from '@stevedore/engine'

/** Of the whole answer, since HAProxy's own reading of it takes `103 Early Hints` for the answer proper. */
const wellAnswered = [
  '^(HTTP/1\\.[01] 1[0-9][0-9][^\\r]*\\r\\n([^\\r]+\\r\\n)*\\r\\n)*',
  `HTTP/1\\.[01] ([23][0-9][0-9]|${busyStatus})`,
].join('')

/**
 * How HAProxy asks the servers of a backend: the same request as a deploy's probes, as bytes, so that nothing in a path has to be
 * quoted. An overloaded server stays in: only a deploy's gate holds 429 against it.
 */
export function renderHttpCheck(path: string, host: string): string {
  return `  option tcp-check
  tcp-check connect
  tcp-check send-binary ${Buffer.from(buildHealthRequest(path, host)).toString('hex')}
  tcp-check expect rstring "${wellAnswered}"
`
}
