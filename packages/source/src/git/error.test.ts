import { expect, test } from 'vitest'
import { toSourceError } from './error.ts'

test.each([
  ['source-unreachable', "fatal: unable to access 'https://x/': Could not resolve host: x"],
  [
    'source-unreachable',
    "fatal: unable to access 'https://x/': Operation too slow. Less than 1000 bytes/sec transferred the last 30 seconds",
  ],
  ['source-unreachable', "fatal: unable to access 'https://x/': The requested URL returned error: 502"],
  ['source-unreachable', 'ssh: connect to host x port 22: Connection refused'],
  ['source-denied', "fatal: Authentication failed for 'https://x/'"],
  ['source-denied', "fatal: could not read Username for 'https://x': terminal prompts disabled"],
  ['source-denied', 'git@x: Permission denied (publickey).'],
  ['source-denied', 'Host key verification failed.'],
  ['source-denied', 'remote: Repository not found.\nfatal: repository not found'],
  [
    'source-denied',
    'error: object 1234: gitmodulesUrl: disallowed submodule url: -x\nfatal: fsck error in packed object',
  ],
  ['address-not-allowed', "fatal: unable to access 'https://x/': The requested URL returned error: 301"],
  ['address-not-allowed', "fatal: transport 'ext' not allowed"],
  ['commit-not-in-ref', 'fatal: remote error: upload-pack: not our ref 1234'],
  ['ref-not-found', "fatal: couldn't find remote ref refs/heads/redirect-unsafe"],
  ['commit-not-in-ref', 'error: no such commit 1234'],
  ['commit-not-in-ref', 'error: malformed object name 1234'],
  ['no-space', 'fatal: write error: No space left on device'],
])('reads %s out of %j', (code, stderr) => {
  expect(toSourceError(stderr)).toMatchObject({ code })
})

test('row 72: the last words become the diagnosis, without credentials', () => {
  expect(toSourceError("fatal: Authentication failed for 'https://bob:hunter2@x/'").diagnosis).toBe(
    "fatal: Authentication failed for 'https://***@x/'",
  )
})

test('what is too long of it begins with a whole word', () => {
  const { diagnosis } = toSourceError(`fatal: hunter2-hunter2 ${'no '.repeat(330)}`)
  expect(diagnosis).toMatch(/^\(cut\) … no no /)
})

test('of a long text the end alone is looked at', () => {
  const flood = 'repository not found '.repeat(30_000)
  const { code, diagnosis } = toSourceError(`${flood}\n${'x'.repeat(40_000)}\nfatal: Could not resolve host: x`)
  expect(code).toBe('source-unreachable')
  expect(diagnosis?.length).toBeLessThanOrEqual(1_000)
})

test('two words that belong together stand on one line, in their order', () => {
  expect(toSourceError('remote: repository acme/shop was not found').code).toBe('source-denied')
  expect(toSourceError('not found: repository').code).toBe('internal')
  expect(toSourceError('repository\nnot found').code).toBe('internal')
})
