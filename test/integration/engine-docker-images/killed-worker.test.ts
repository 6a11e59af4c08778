import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pollUntil } from '@stevedore/engine'
import { baseImage, busyboxComponent, dockerComponent, ensureBaseImage, lacks } from '@stevedore/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isRunning, openStage, openTestBuilder, type Stage } from './stage.ts'

/** Nobody tells when a process begins or ends that is not one's own: it is looked for. */
async function awaitProcess(mark: string, running: boolean): Promise<void> {
  const ask = async () => isRunning(`sleep\0${mark}`) === running || undefined
  const options = { deadlineMs: 60_000, intervalMs: 50, signal: AbortSignal.timeout(70_000) }
  expect(await pollUntil(ask, options)).toBe(true)
}

describe.skipIf(lacks(dockerComponent, busyboxComponent)).each([
  ['the engine’s own builder', () => undefined],
  ['a container', (stage: Stage) => openTestBuilder(stage.docker)],
])('a killed worker that builds in %s', (_, chooseBuilder) => {
  const stage = openStage()
  const builder = chooseBuilder(stage)

  test('takes its build along, though that prints nothing', async () => {
    await ensureBaseImage(stage.docker)
    const mark = `6${Math.floor(Math.random() * 1e6)}`
    const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN echo sleeping && sleep ${mark}` })
    // One that is killed removes nothing.
    const TMPDIR = mkdtempSync(join(tmpdir(), 'stevedore-killed-'))
    onTestFinished(() => rmSync(TMPDIR, { recursive: true, force: true }))
    const script = new URL('build-process.ts', import.meta.url).pathname
    const worker = spawn(process.execPath, [script, JSON.stringify(build), JSON.stringify(builder ?? null)], {
      env: { ...process.env, TMPDIR },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface(worker.stdout)) if (/\ssleeping$/.test(line)) break
    await awaitProcess(mark, true)
    worker.kill('SIGKILL')
    await awaitProcess(mark, false)
  })
})
