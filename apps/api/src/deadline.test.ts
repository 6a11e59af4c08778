import { randomUUID } from 'node:crypto'
import { enqueueJob, type Ledger, type NewJob } from '@stevedore/ledger'
import { DatabaseError } from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { answerInTime } from './deadline.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const says = { late: () => new Error('late'), inDoubt: () => new Error('in doubt') }

/** A ledger whose connections take their time, and whose server takes its own to say what became of a statement. */
function openSlow({ connections, answer }: { connections: number; answer: (rows: object[]) => Promise<unknown> }) {
  const client = {
    query: async (said: string | { values: string[] }) =>
      typeof said === 'string' ? undefined : answer(JSON.parse(said.values[0] ?? '')),
    release() {},
  }
  const connect = () => (connections-- > 0 ? Promise.resolve(client) : new Promise(() => {}))
  return { pool: { connect } } as unknown as Ledger
}

const refuse = () => Promise.reject(Object.assign(new DatabaseError('it took too long', 1, 'error'), { code: '57014' }))
const keep = async (rows: object[]) => ({
  rows: rows.map((row) => ({ control: {}, result: null, error: null, ...row })),
})
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function record(ledger: Ledger): Promise<unknown> {
  const request = { kind: 'push', app: 'shop', version: '1.0.0' } as const
  const job: NewJob<'push'> = {
    kind: 'push',
    app: 'shop',
    environment: null,
    specVersion: 1,
    request,
    resolved: { kind: 'push', images: [] },
  }
  return enqueueJob(ledger, { job, by: { actor: 'token:t', correlationId: randomUUID() } })
}

/** What is said of work that may take 100 ms, after so long. */
async function hear(work: () => Promise<unknown>, afterMs: number): Promise<string> {
  const answer = answerInTime(work, 100, says).then(
    () => 'answered',
    (error: Error) => error.message,
  )
  await vi.advanceTimersByTimeAsync(afterMs)
  return Promise.race([answer, Promise.resolve('nothing yet')])
}

test('a commit on its way is waited for, and in doubt while it has no answer', async () => {
  const slow = (ms: number) => openSlow({ connections: 9, answer: (rows) => pause(ms).then(() => keep(rows)) })
  expect(await hear(() => record(slow(3_000)), 2_900)).toBe('nothing yet')
  expect(await hear(() => record(slow(3_000)), 3_000)).toBe('answered')
  expect(await hear(() => record(slow(9_000)), 4_100)).toBe('in doubt')
})

test('one that the server refuses after the time is late, and no doubt', async () => {
  const refused = (connections: number) => openSlow({ connections, answer: () => pause(3_000).then(refuse) })
  expect(await hear(() => record(refused(9)), 3_000)).toBe('late')
  // It waits for a connection to be recorded alone, and will not be.
  expect(await hear(() => record(refused(1)), 4_100)).toBe('late')
})

test('where one thing was kept and the next came too late, it is in doubt', async () => {
  const ledger = openSlow({ connections: 9, answer: (rows) => pause(3_000).then(() => keep(rows)) })
  const both = async () => {
    await record(ledger)
    await record(ledger)
  }
  expect(await hear(both, 3_000)).toBe('in doubt')
})
