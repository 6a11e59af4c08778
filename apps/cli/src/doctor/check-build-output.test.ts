import { expect, test } from 'vitest'
import { checkBuildOutput } from './check-build-output.ts'

const look = (...entries: string[]) => checkBuildOutput('engine 29.1.0', async () => entries.join('\0'))

test('a daemon that keeps all is good; one that was told nothing, or one half, says what is missing and what to set', async () => {
  const [size, speed] = ['BUILDKIT_STEP_LOG_MAX_SIZE=1', 'BUILDKIT_STEP_LOG_MAX_SPEED=-1']
  expect(await look('PATH=/bin', speed, size)).toEqual([
    { name: 'build output', state: 'good', found: `${size} ${speed}` },
  ])
  for (const entries of [[], [size], [`X_${size}`, speed]])
    expect(await look(...entries)).toMatchObject([{ state: 'missing', remedy: expect.stringContaining('install.md') }])
})

test('nothing is said of a daemon that cannot be looked at', async () => {
  expect(await checkBuildOutput('engine 29.1.0', () => Promise.reject(new Error('EACCES')))).toEqual([])
})

test('an engine that is stuck by much output is told to be too old for it, whatever its daemon was given', async () => {
  const given = async () => 'BUILDKIT_STEP_LOG_MAX_SIZE=1\0BUILDKIT_STEP_LOG_MAX_SPEED=1'
  expect(await checkBuildOutput('engine 20.10.24+dfsg1', given)).toMatchObject([
    { state: 'missing', remedy: expect.stringMatching(/^Docker 23 or newer/) },
  ])
})
