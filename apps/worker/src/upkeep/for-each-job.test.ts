import type { JobInUpkeep } from '@stevedore/ledger'
import { createLogger } from '@stevedore/telemetry'
import { expect, test } from 'vitest'
import { forEachJob } from './for-each-job.ts'

const makeJob = (id: string): JobInUpkeep => ({
  ...{ id, kind: 'build', attempt: 1, losses: 0, maxLosses: 3, workerId: null, correlationId: 'c-1' },
})

function open() {
  const lines: string[] = []
  return {
    lines,
    logger: createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } }),
  }
}

test('a job that cannot be moved is told of, and holds up none behind it', async () => {
  const { lines, logger } = open()
  const done: string[] = []
  await forEachJob({ logger }, ['a', 'b', 'c'].map(makeJob), async ({ id }) => {
    if (id === 'b') throw new Error('its row cannot be read')
    done.push(id)
  })
  expect(done).toEqual(['a', 'c'])
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ 'log.level': 'error', jobId: 'b' }])
})

test('a ledger that is away ends the round', async () => {
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const work = () => Promise.reject(away)
  await expect(forEachJob({ logger: open().logger }, [makeJob('a')], work)).rejects.toBe(away)
})
