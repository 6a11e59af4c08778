import { expect, test } from 'vitest'
import { explainBuildFailure } from '../../failure/build.ts'
import { followPlainProgress } from './plain-progress.ts'

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
