import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { baseImage, busyboxComponent, dockerComponent, ensureBaseImage, lacks } from '@stevedore/testkit'
import { describe, expect, test } from 'vitest'
import { isRunning, openStage, pollUntil } from './stage.ts'

describe.skipIf(lacks(dockerComponent, busyboxComponent))('a killed worker', () => {
  const stage = openStage()

  test('takes its build along, though that prints nothing', async () => {
    await ensureBaseImage(stage.docker)
    const mark = `6${Math.floor(Math.random() * 1e6)}`
    const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN echo sleeping && sleep ${mark}` })
    const script = new URL('build-process.ts', import.meta.url).pathname
    const worker = spawn(process.execPath, [script, JSON.stringify(build)], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface(worker.stdout)) if (/\ssleeping$/.test(line)) break
    expect(await pollUntil(async () => isRunning(`sleep\0${mark}`))).toBe(true)
    worker.kill('SIGKILL')
    expect(await pollUntil(async () => !isRunning(`sleep\0${mark}`))).toBe(true)
  })
})
