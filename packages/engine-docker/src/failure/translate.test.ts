import type { FailureError } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { recognizeFailure, toFailureError } from './translate.ts'

test.each([
  ['write /var/lib/docker/x: no space left on device', 'no-space'],
  [
    'driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated',
    'port-taken',
  ],
  [
    'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    'host-failed',
  ],
  ['all predefined address pools have been fully subscribed', 'host-failed'],
  ['toomanyrequests: You have reached your pull rate limit', 'registry-throttled'],
  ['unauthorized: authentication required', 'registry-denied'],
  ['no basic auth credentials', 'registry-denied'],
  ['denied', 'registry-denied'],
  ['error parsing HTTP 403 response body: unexpected end of JSON input: ""', 'registry-denied'],
  ['manifest for localhost:5000/a:1 not found: manifest unknown: manifest unknown', 'image-missing'],
  ["pull access denied for nope, repository does not exist or may require 'docker login'", 'image-missing'],
  ['Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', 'registry-unreachable'],
  ['received unexpected HTTP status: 500 Internal Server Error', 'registry-unreachable'],
  ['OCI runtime create failed: exec: "nope": executable file not found in $PATH', 'container-start-failed'],
  ['received unexpected HTTP status: 429', 'registry-throttled'],
  [
    'failed to authorize: failed to fetch anonymous token: unexpected status: 429 Too Many Requests',
    'registry-throttled',
  ],
  ['error pulling image configuration: download failed after attempts=6: HTTP 503', 'registry-unreachable'],
  ['unexpected status code [manifests 1]: 502 Bad Gateway', 'registry-unreachable'],
  [
    'unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 504 Gateway Timeout',
    'registry-unreachable',
  ],
  [
    'unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 503 Service Temporarily Unavailable',
    'registry-unreachable',
  ],
  ['unexpected status from GET request to https://r.test/v2/a/manifests/1: 429', 'registry-throttled'],
])('recognizes %s', (text, code) => {
  expect(recognizeFailure(text)).toBe(code)
})

test.each([
  'failed to copy /app/429: permission denied',
  'COPY errors/500 /srv: lstat errors/500',
  'container shop-502-1 cannot be limited to 503 MiB',
  'line 429: unknown instruction: RUNX',
])('takes no number in %s for a status', (text) => {
  expect(recognizeFailure(text)).toBeUndefined()
})

test('a lost connection means that the engine is away, whatever was asked', () => {
  const refused = Object.assign(new Error('connect ENOENT /var/run/docker.sock'), { code: 'ENOENT' })
  expect(toFailureError(refused, 'container-start-failed')).toMatchObject({ code: 'engine-unreachable' })
})

test('the engine’s own words become the diagnosis, without credentials', () => {
  const error = Object.assign(new Error('(HTTP code 500) server error'), {
    statusCode: 500,
    json: { message: 'cannot fetch https://bob:hunter2@registry.test/v2/' },
  })
  const failure = toFailureError(error, 'image-pull-failed') as FailureError
  expect(failure).toMatchObject({ code: 'image-pull-failed', diagnosis: 'cannot fetch https://***@registry.test/v2/' })
  expect(JSON.stringify(failure.toFailure())).not.toContain('hunter2')
})

test('an abort comes back as its own reason', () => {
  const reason = new Error('cancelled')
  expect(toFailureError(new Error('aborted'), 'internal', AbortSignal.abort(reason))).toBe(reason)
})
