import { expect, test } from 'vitest'
import { messageId, toBulkJob } from './message.ts'

const jobId = '0197a3c2-7d5e-7c3a-9b1f-2f6f0a1b2c3d'

test('an id names job and attempt, and is one that BullMQ takes', () => {
  expect(messageId(jobId, 2)).toBe(`j_${jobId}-2`)
  expect(messageId(jobId, 2)).not.toMatch(/:|^\d+$/)
})

test('a message holds job and attempt and nothing else, and is tried once', () => {
  const extra = { secret: 'never' }
  const job = toBulkJob({ jobId, attempt: 2, kind: 'deploy', delayMs: 500, priority: 3, ...extra })
  expect(job.data).toEqual({ jobId, attempt: 2 })
  expect(job.opts).toMatchObject({ jobId: `j_${jobId}-2`, delay: 500, priority: 3, attempts: 1, stackTraceLimit: 0 })
})
