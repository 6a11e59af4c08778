import { spawn } from 'node:child_process'
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@stevedore/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { watchProcess } from '../../harness/stevedore-process.ts'

const root = join(import.meta.dirname, '../../..')

test.each([
  ['api', 'listening', 'apps/api/src/app.ts'],
  ['worker', 'working', 'packages/queue/src/index.ts'],
])('`npm run dev -- %s` begins anew when a file of it changes, and ends when told to', async (part, begun, file) => {
  const postgres = await startPostgres()
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-dev-'))
  const env = { PATH: process.env.PATH, TMPDIR: dir, STEVEDORE_DATA_DIR: dir, DATABASE_URL: postgres.url, PORT: '0' }
  // As npm starts it, without npm's own process between.
  const child = spawn(process.execPath, [join(root, 'scripts/dev.ts'), part], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const dev = watchProcess(child)
  onTestFinished(async () => {
    dev.signal('SIGTERM')
    await dev.ended
    await postgres.stop()
    await rm(dir, { recursive: true, force: true })
  })
  const isBegun = new RegExp(`"message":"${begun}"`)
  await dev.waitForLine(isBegun)
  const count = () =>
    dev
      .readOutput()
      .split('\n')
      .filter((line) => isBegun.test(line)).length
  expect(count()).toBe(1)

  const now = new Date()
  await utimes(join(root, file), now, now)
  await expect.poll(count, { timeout: 120_000 }).toBe(2)

  dev.signal('SIGTERM')
  expect(await dev.ended).toBe(0)
})
