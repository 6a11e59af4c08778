import { buildHealthRequest, busyStatus, healthUserAgent } from '@stevedore/engine'

/** Of the whole answer, since HAProxy's own reading of it takes `103 Early Hints` for the answer proper. */
const wellAnswered = [
  '^(HTTP/1\\.[01] 1[0-9][0-9][^\\r]*\\r\\n([^\\r]+\\r\\n)*\\r\\n)*',
  `HTTP/1\\.[01] ([23][0-9][0-9]|${busyStatus})`,
].join('')

interface HttpCheck {
  path: string
  host: string
  /** Without an upgrade: such a server understands no HTTP/1.1. */
  isHttp2: boolean
}

/**
 * How HAProxy asks the servers of a backend: the same request as a deploy's probes, as bytes, so that nothing in a path has to be
 * quoted. An overloaded server stays in: only a deploy's gate holds 429 against it.
 */
export function renderHttpCheck({ path, host, isHttp2 }: HttpCheck): string {
  if (isHttp2) return renderHttp2Check(path, host)
  return `  option tcp-check
  tcp-check connect
  tcp-check send-binary ${Buffer.from(buildHealthRequest(path, host)).toString('hex')}
  tcp-check expect rstring "${wellAnswered}"
`
}

/** Frames are HAProxy's to write and to read. */
function renderHttp2Check(path: string, host: string): string {
  return `  option httpchk
  http-check send meth GET uri ${path.replaceAll("'", "\\'")} ver HTTP/2 hdr Host ${host} hdr User-Agent ${healthUserAgent}
  http-check expect rstatus ^([23][0-9][0-9]|${busyStatus})$
`
}
