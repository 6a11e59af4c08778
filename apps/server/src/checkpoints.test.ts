import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { readConfig } from '@stevedore/config'
import { createLogger } from '@stevedore/telemetry'
import { expect, onTestFinished, test } from 'vitest'
import { chooseCheckpoints } from './checkpoints.ts'

function createRecordingLogger() {
  const destination = new PassThrough({ encoding: 'utf8' })
  return { logger: createLogger({ level: 'debug', destination }), readLogs: () => String(destination.read() ?? '') }
}

/** Not even root makes a folder below a file. */
async function placeUnwritable(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-checkpoints-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await writeFile(join(dir, 'file'), '')
  return join(dir, 'file', 'data')
}

test('without a key and a place to make one an API goes on without checkpoints, and says what to set', async () => {
  const { logger, readLogs } = createRecordingLogger()
  const config = readConfig({ STEVEDORE_DATA_DIR: await placeUnwritable() })
  expect(await chooseCheckpoints(config, logger)).toBeUndefined()
  expect(readLogs()).toContain('set STEVEDORE_AUDIT_KEY and STEVEDORE_AUDIT_CHECKPOINTS')
})

test('with a key of the environment it needs no such place', async () => {
  const { logger, readLogs } = createRecordingLogger()
  const env = {
    STEVEDORE_AUDIT_KEY: randomBytes(32).toString('hex'),
    STEVEDORE_AUDIT_CHECKPOINTS: '/elsewhere/checkpoints',
  }
  const config = readConfig({ ...env, STEVEDORE_DATA_DIR: await placeUnwritable() })
  expect(await chooseCheckpoints(config, logger)).toMatchObject({ path: '/elsewhere/checkpoints' })
  expect(readLogs()).toBe('')
})
