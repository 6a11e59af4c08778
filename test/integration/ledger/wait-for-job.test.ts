import { appendLog, controlJob, openLedger } from '@stevedore/ledger'
import { startTcpProxy, waitForJob } from '@stevedore/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { by, claim, declareApp, enqueue, newBuild, openFixture } from './fixture.ts'

const { ledger, openAnother, url } = await openFixture()
const { app } = await declareApp(ledger)

test('a job that is as it should be is given at once, another as soon as it is', async () => {
  const job = await enqueue(ledger, newBuild(app))
  expect(await waitForJob(ledger, job.id, ({ state }) => state === 'queued')).toEqual(job)
  const looks: string[] = []
  const waiting = waitForJob(ledger, job.id, ({ state, control }) => {
    looks.push(state)
    return control.cancel === true
  })
  const other = openAnother()
  const running = await claim(other, job)
  await appendLog(other, { jobId: job.id, attempt: running.attempt, text: 'line\n' })
  await controlJob(other, { jobId: job.id, verb: 'cancel', by })
  expect(await waiting).toMatchObject({ state: 'running', control: { cancel: true } })
  expect(looks.length).toBeLessThanOrEqual(4)
})

test('at the deadline it says how the job stood', async () => {
  const job = await enqueue(ledger, newBuild(app))
  const waiting = waitForJob(ledger, job.id, ({ state }) => state === 'succeeded', { timeoutMs: 50 })
  await expect(waiting).rejects.toThrow(`job ${job.id} is not as it should be after 50 ms: build queued, attempt 1`)
  const id = crypto.randomUUID()
  await expect(waitForJob(ledger, id, () => true, { timeoutMs: 50 })).rejects.toThrow(`job ${id}`)
})

test('a ledger that is away is waited for', async () => {
  const direct = new URL(url)
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port) })
  direct.port = String(proxy.port)
  const far = openLedger({ url: direct.href, statementTimeoutMs: 500 })
  onTestFinished(async () => {
    await far.close()
    await proxy.close()
  })
  const job = await enqueue(ledger, newBuild(app))
  let looked = () => {}
  const hasLooked = new Promise<void>((resolve) => {
    looked = resolve
  })
  const waiting = waitForJob(far, job.id, ({ state }) => {
    looked()
    return state === 'running'
  })
  await hasLooked
  proxy.stall()
  await claim(ledger, job)
  proxy.heal()
  expect(await waiting).toMatchObject({ state: 'running' })
})
