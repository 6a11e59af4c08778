import type { FailureCode } from '@stevedore/contract'
import { cutStart, FailureError, inOrder, quoteForeign } from '@stevedore/contract'

interface Meaning {
  code: FailureCode
  message?: string
}

/** What git and ssh say on standard error with LC_ALL=C: the first match wins. */
const meanings: readonly [Pick<RegExp, 'test'>, Meaning][] = [
  // It quotes the name, which may hold any of the words below.
  [/couldn't find remote ref|remote ref does not exist/i, { code: 'ref-not-found' }],
  [/no space left on device|disk quota exceeded/i, { code: 'no-space' }],
  [/transport '[^']*' not allowed/i, { code: 'address-not-allowed' }],
  [
    /requested URL returned error: 30\d|redirect/i,
    { code: 'address-not-allowed', message: 'The address leads on to another one: give the final one' },
  ],
  [
    /not our ref|unadvertised object|no such commit|malformed object name|nonexistent object/i,
    { code: 'commit-not-in-ref' },
  ],
  [
    /fsck error|: error in (commit|tree|blob|tag)|invalid path|refusing to|unsafe/i,
    { code: 'source-denied', message: 'The repository holds objects that are not safe to check out' },
  ],
  [
    /host key verification failed|remote host identification has changed/i,
    { code: 'source-denied', message: 'The host is not the one that was known under its name' },
  ],
  [
    /authentication failed|could not read (username|password)|permission denied|requested URL returned error: 40[13]|access denied|invalid format|error in libcrypto/i,
    { code: 'source-denied' },
  ],
  [
    inOrder(/repository /i, /not found/i),
    { code: 'source-denied', message: 'There is no such repository, or the credentials do not reach it' },
  ],
  [
    /requested URL returned error: 404|does not appear to be a git repository|dubious ownership|no such file or directory/i,
    { code: 'source-denied', message: 'There is no such repository, or the credentials do not reach it' },
  ],
  [
    /could not resolve|failed to connect|connection (refused|reset|timed out|closed)|couldn't connect|unable to access|operation too slow|early eof|hung up|timed out|kex_exchange|network is unreachable|no route to host|requested URL returned error: 5\d\d|does not support shallow|rpc failed/i,
    { code: 'source-unreachable' },
  ],
]

/** Understands a git process that ended badly; its last words become the diagnosis. */
export function toSourceError(stderr: string, cause?: unknown): FailureError {
  const said = quoteForeign(stderr).trim()
  const { code, message } = meanings.find(([form]) => form.test(said))?.[1] ?? { code: 'internal' as const }
  return new FailureError(code, { ...(message ? { message } : {}), diagnosis: lastLines(said), cause })
}

function lastLines(text: string): string {
  return cutStart(text.split('\n').slice(-5).join('\n'), 1_000)
}
