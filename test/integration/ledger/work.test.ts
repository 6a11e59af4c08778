import {
  appendLog,
  beginStep,
  endStep,
  getJob,
  listEvents,
  listSteps,
  pruneLedger,
  readLog,
  recordProgress,
  retireApp,
  transitionJob,
} from '@stevedore/ledger'
import { expect, test } from 'vitest'
import { built, by, claim, declareApp, newBuild, openFixture, startJob, worker } from './fixture.ts'

const { ledger, sql } = await openFixture()
const { app } = await declareApp(ledger)
const start = () => startJob(ledger, newBuild(app))

test('a later attempt skips a finished step and does an unfinished one again', async () => {
  const { job, message } = await start()
  expect(await beginStep(ledger, { ...message, name: 'checkout', position: 1 })).toEqual({ done: false })
  await endStep(ledger, { ...message, name: 'checkout', state: 'succeeded', result: { commit: 'abc' } })
  await beginStep(ledger, { ...message, name: 'build', position: 2 })
  const lost = { to: 'queued', reason: 'worker-lost', counts: 'loss' } as const
  await transitionJob(ledger, { jobId: job.id, from: job, transition: lost, by: worker })
  const second = { jobId: job.id, attempt: 2 }
  await claim(ledger, second)
  const done = { done: true, result: { commit: 'abc' } }
  expect(await beginStep(ledger, { ...second, name: 'checkout', position: 1 })).toEqual(done)
  expect(await beginStep(ledger, { ...second, name: 'build', position: 2 })).toEqual({ done: false })
  const failure = { code: 'build-failed', message: 'exit 1', detail: 'internal' } as const
  await endStep(ledger, { ...second, name: 'build', state: 'failed', failure })
  expect(await listSteps(ledger, job.id)).toMatchObject([
    { name: 'checkout', position: 1, state: 'succeeded', attempt: 1, result: { commit: 'abc' } },
    { name: 'build', position: 2, state: 'failed', attempt: 2 },
  ])
})

test('closing a step twice tells watchers once', async () => {
  const { message } = await start()
  await beginStep(ledger, { ...message, name: 'push', position: 1 })
  for (let n = 0; n < 2; n++) await endStep(ledger, { ...message, name: 'push', state: 'succeeded' })
  const events = await listEvents(ledger, { jobId: message.jobId, after: 2, limit: 10 })
  expect(events.map(({ type }) => type)).toEqual(['step.started', 'step.succeeded'])
})

test('progress only rises', async () => {
  const { message } = await start()
  for (const percent of [10, 40.9, 30, 40, 200]) await recordProgress(ledger, { ...message, percent })
  expect(await getJob(ledger, message.jobId)).toMatchObject({ progress: 100 })
  const events = await listEvents(ledger, { jobId: message.jobId, after: 2, limit: 10 })
  expect(events.map((event) => event.type === 'step.progress' && event.data.percent)).toEqual([10, 40, 100])
})

test('events are read on from any number', async () => {
  const { message } = await start()
  const list = async (after: number, limit: number) =>
    (await listEvents(ledger, { jobId: message.jobId, after, limit })).map(({ seq }) => seq)
  expect([await list(0, 10), await list(1, 10), await list(0, 1), await list(2, 10)]).toEqual([[1, 2], [2], [1], []])
})

/** Reads a log in pieces, from the start. */
async function readAll(jobId: string, limitBytes: number): Promise<string> {
  let text = ''
  for (let offset = 0; ; ) {
    const piece = await readLog(ledger, { jobId, offset, limitBytes })
    if (piece.nextOffset === offset) return text
    text += piece.text
    offset = piece.nextOffset
  }
}

test('a log read in pieces of any size is the log, characters whole', async () => {
  const { message } = await start()
  const written = ['step 1\n', 'añb€c😀d\n', 'ü'.repeat(100), 'end\n']
  for (const text of written) await appendLog(ledger, { ...message, text })
  for (const limitBytes of [1, 3, 7, 64, 10_000])
    expect(await readAll(message.jobId, limitBytes)).toBe(written.join(''))
  const inside = await readLog(ledger, { jobId: message.jobId, offset: 9, limitBytes: 3 })
  expect(inside.text).not.toContain('\ufffd')
})

test('NUL and half characters in output are kept as a replacement', async () => {
  const { message } = await start()
  await appendLog(ledger, { ...message, text: 'a\0b\ud83d' })
  expect(await readAll(message.jobId, 100)).toBe('a\ufffdb\ufffd')
})

test('output past the limit is dropped, and the log says so once', async () => {
  const { message } = await start()
  const mebibyte = 'x'.repeat(2 ** 20)
  const limitBytes = 3 * 2 ** 20
  for (let n = 0; n < 6; n++) await appendLog(ledger, { ...message, text: mebibyte, limitBytes })
  const last = await appendLog(ledger, { ...message, text: 'never kept', limitBytes })
  const log = await readAll(message.jobId, 4 * 2 ** 20)
  expect(log.length).toBeLessThan(limitBytes + 200)
  expect(log.match(/is not kept/g)).toHaveLength(1)
  expect(last).toEqual({ end: Buffer.byteLength(log), rest: 'never kept' })
})

test('output whose answer was lost is there once, whatever comes with it when it is tried again', async () => {
  const { message } = await start()
  await appendLog(ledger, { ...message, text: 'one\n', from: 0 })
  await appendLog(ledger, { ...message, text: 'one\n', from: 0 })
  await appendLog(ledger, { ...message, text: 'one\ntwo\nthree\n', from: 0, limitBytes: 8 })
  const again = await appendLog(ledger, { ...message, text: 'one\ntwo\nthree\nfour\n', from: 0, limitBytes: 8 })
  expect(again.rest).toBe('three\nfour\n')
  expect(await readAll(message.jobId, 100)).toMatch(/^one\ntwo\n\n\[the output is longer than .*\]\n$/)
})

test('logs of jobs that finished long ago are pruned by the spec’s own time, of a retired app too', async () => {
  const brief = await declareApp(ledger, { retain: { logs: '2h' } })
  const kept = await start()
  const pruned = await startJob(ledger, newBuild(brief.app))
  for (const { job, message } of [kept, pruned]) {
    await appendLog(ledger, { ...message, text: 'line\n' })
    await transitionJob(ledger, {
      jobId: job.id,
      from: job,
      transition: { to: 'succeeded', result: built },
      by: worker,
    })
    await sql("update jobs set finished_at = now() - interval '3 hours' where id = $1", [job.id])
  }
  await retireApp(ledger, { app: brief.app, by })
  expect(await pruneLedger(ledger, { limit: 100 })).toMatchObject({ log_chunks: 1 })
  expect([await readAll(kept.job.id, 100), await readAll(pruned.job.id, 100)]).toEqual(['line\n', ''])
})
