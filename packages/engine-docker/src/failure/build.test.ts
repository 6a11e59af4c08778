import { expect, test } from 'vitest'
import { explainBuildFailure } from './build.ts'

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
  [
    'resource-exceeded',
    ['[2/2] RUN x: executor failed running [/bin/sh -c x]: exit code: 2'],
    ["/bin/sh: can't fork: Resource temporarily unavailable"],
  ],
  [
    'resource-exceeded',
    ['[2/2] RUN x: executor failed running [/bin/sh -c x]: exit code: 254'],
    ['bash: fork: retry: Resource temporarily unavailable'],
  ],
  ['engine-unreachable', [], ['compiling']],
  ['dockerfile-missing', ['failed to read dockerfile: open Dockerfile: no such file or directory'], []],
  ['no-space', ['failed to read dockerfile: failed to create lease: write /data/x.db: no space left on device'], []],
  ['engine-unreachable', ['failed to read dockerfile: rpc error: code = Unavailable desc = closing'], []],
  ['resource-exceeded', ['failed to read dockerfile: cannot allocate memory'], []],
  ['resource-exceeded', ['[2/2] RUN x: executor failed running [/bin/sh -c x]: exit code: 137'], []],
  [
    'no-space',
    ['[2/2] RUN x: executor failed running [/bin/sh -c x]: exit code: 1'],
    ['dd: /f: No space left on device'],
  ],
  [
    'build-failed',
    ['[2/2] RUN x: process "/bin/sh -c dd of=/dev/shm/f" did not complete successfully: exit code: 1'],
    ["dd: error writing '/dev/shm/f': No space left on device"],
  ],
  [
    'build-failed',
    ['[2/2] RUN --mount=type=tmpfs,target=/scratch,size=1m x: process "x" did not complete successfully: exit code: 1'],
    ['cp: /scratch/f: No space left on device'],
  ],
  [
    'no-space',
    ['[2/2] RUN --mount=type=tmpfs,target=/scratch x: process "x" did not complete successfully: exit code: 1'],
    ['cp: /var/scratch/f: No space left on device'],
  ],
  [
    'build-failed',
    [
      '[2/2] RUN grep "no space left on device" log: process "/bin/sh -c grep "no space left on device" log" did not complete successfully: exit code: 1',
    ],
    [],
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
