import { expect, test } from 'vitest'
import { explainBuildFailure } from '../../failure/build.ts'
import { capLines } from './cap-lines.ts'
import { followPlainProgress } from './plain-progress.ts'

function collectLines(chunks: (string | Buffer)[], limits = { maxLineBytes: 10, maxBytes: 100 }): string[] {
  const lines: string[] = []
  const cap = capLines((line) => lines.push(line), limits)
  for (const chunk of chunks) cap.take(Buffer.from(chunk))
  cap.end()
  return lines
}

test('joins chunks into lines, split characters included', () => {
  const euro = Buffer.from('€\n')
  expect(collectLines(['a', 'b\nc\r\n', euro.subarray(0, 1), euro.subarray(1), 'last'])).toEqual([
    'ab',
    'c',
    '€',
    'last',
  ])
})

test('cuts a line that is too long and goes on with the next', () => {
  expect(collectLines(['x'.repeat(40), 'x'.repeat(40), '\nshort\n'])).toEqual([`${'x'.repeat(10)} … (cut)`, 'short'])
})

test('ends a build that prints without end', () => {
  expect(() => collectLines(['x'.repeat(60), 'x'.repeat(60)])).toThrow(
    expect.objectContaining({ code: 'resource-exceeded' }),
  )
})

const output = `#1 [internal] load build definition from Dockerfile
#1 sha256:2dd57a089a81c716155ebf889e6cae98eaee7b62154f9384f3b0863e73163b1d
#1 DONE 0.0s
#4 [base 1/2] FROM docker.io/stevedore/busybox:local
#4 CACHED
#5 [base 2/2] RUN echo one
#5 0.206 one
#5 DONE 1.2s
#6 [fin 1/1] RUN echo bad; exit 7
#6 0.210 bad
#6 ERROR: executor failed running [/bin/sh -c exit 7]: exit code: 7
------
 > [fin 1/1] RUN echo bad; exit 7:
------
executor failed running [/bin/sh -c exit 7]: exit code: 7`

test('follows the steps and keeps what went wrong', () => {
  const progress = followPlainProgress(3)
  const shown: string[] = []
  const fractions = output.split('\n').map((line) => {
    const text = progress.take(line)
    if (text !== undefined) shown.push(text)
    return Number(progress.fraction().toFixed(2))
  })
  expect(fractions).toEqual([0, 0, 0, 0, 0.32, 0.32, 0.32, 0.63, 0.63, 0.63, 0.63, 0.63, 0.63, 0.63, 0.63])
  expect(shown.at(-1)).toBe('#6 ERROR: executor failed running [/bin/sh -c exit 7]: exit code: 7')
  expect(explainBuildFailure(progress.trouble())).toMatchObject({
    code: 'build-failed',
    diagnosis: expect.stringMatching(/exit code: 7[\s\S]*\nbad$/),
  })
})

test.each<[string, string[], string[]]>([
  [
    'target-missing',
    [
      'failed to solve with frontend dockerfile.v0: failed to create LLB definition: target stage zz could not be found',
    ],
    [],
  ],
  [
    'base-image-missing',
    [
      'failed to solve: x:1: failed to resolve source metadata for docker.io/library/x:1: docker.io/library/x:1: not found',
    ],
    [],
  ],
  ['base-image-missing', ["pull access denied for nope, repository does not exist or may require 'docker login'"], []],
  [
    'registry-unreachable',
    [
      '[internal] load metadata for nope.invalid/x:1: failed to do request: Head "https://nope.invalid/v2/x/manifests/1": dial tcp: lookup nope.invalid: no such host',
    ],
    [],
  ],
  ['registry-throttled', ['[internal] load metadata for docker.io/library/x:1: toomanyrequests: slow down'], []],
  ['entitlement-denied', ['failed to solve: network.host is not allowed'], []],
  [
    'secrets-need-buildkit',
    ['the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/'],
    [],
  ],
  ['build-failed', ['[2/2] COPY nope /: failed to compute cache key: "/nope" not found: not found'], []],
  ['build-failed', ['dockerfile parse error line 2: unknown instruction: RUNX'], []],
  [
    'build-failed',
    ['[2/2] RUN x: process "/bin/sh -c x" did not complete successfully: exit code: 1'],
    ['dial tcp: connection refused', '429'],
  ],
  ['resource-exceeded', ['[2/2] RUN x: executor failed running [/bin/sh -c x]: exit code: 137'], []],
  [
    'no-space',
    ['[2/2] RUN x: executor failed running [/bin/sh -c x]: exit code: 1'],
    ['dd: /f: No space left on device'],
  ],
  [
    'engine-unreachable',
    ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'],
    [],
  ],
  ['engine-unreachable', ['rpc error: code = Unavailable desc = error reading from server: EOF'], []],
])('reads %s out of %j', (code, errors, lastLines) => {
  expect(explainBuildFailure({ errors, lastLines })).toMatchObject({ code })
})
