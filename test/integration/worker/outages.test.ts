import { FailureError, isFinal } from '@stevedore/contract'
import { sampleSpec, waitForJob } from '@stevedore/testkit'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
beforeAll(async () => {
  stage = await openWorkerStage()
})
afterAll(() => stage.close())
afterEach(() => vi.restoreAllMocks())

/** What builds is played: no worker is to be quicker. */
const noBuilder = { WORKER_KINDS: 'push,deploy,rollback,run' }

let nextPort = 8_700
async function declare(app: string, timeout = '10m') {
  const staging = { engine: 'docker', port: nextPort++, replicas: 1, timeout } as const
  await stage.api.call('PUT', `/v1/apps/${app}`, { body: { ...sampleSpec(app), environments: { staging } } })
  await playBuild(stage.api, { app })
  return { kind: 'deploy', app, environment: 'staging' } as const
}

const away = () => new FailureError('engine-unreachable', { diagnosis: 'connect ECONNREFUSED' })

test('an engine that is away for longer than three tries is waited for, and costs nothing', async () => {
  const worker = await stage.startWorker(noBuilder)
  const deploy = await declare('patient')
  const engine = stage.engines.deploy.docker
  const scaleUp = vi.spyOn(engine, 'scaleUp')
  for (let time = 0; time < 4; time++) scaleUp.mockRejectedValueOnce(away())
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'engine')
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0, attempt: 5 })
  await worker.close()
})

test('one that stays away ends the job with how long it was tried', async () => {
  const worker = await stage.startWorker({ ...noBuilder, OUTAGE_SECONDS: '0' })
  await declare('given-up')
  vi.spyOn(stage.engines.images, 'push').mockRejectedValue(away())
  const pushed = await stage.run({ kind: 'push', app: 'given-up', version: '1.0.0' })
  expect(pushed).toMatchObject({ state: 'failed', failures: 0, losses: 0, attempt: 3 })
  expect(pushed.error).toMatchObject({
    code: 'engine-unreachable',
    diagnosis: expect.stringMatching(/^connect ECONNREFUSED\nIt was tried 3 times in \d+ seconds\.$/),
  })
  await worker.close()
})

test('a look that fails once the revision serves fails nothing', async () => {
  const worker = await stage.startWorker(noBuilder)
  const deploy = await declare('decided')
  const engine = stage.engines.deploy.docker
  const [finalize, observe] = [engine.finalize.bind(engine), engine.observe.bind(engine)]
  let isServing = false
  vi.spyOn(engine, 'finalize').mockImplementation(async (...given) => {
    await finalize(...given)
    isServing = true
  })
  vi.spyOn(engine, 'observe').mockImplementation(async (...given) => {
    if (isServing) throw away()
    return observe(...given)
  })
  expect(await stage.run(deploy)).toMatchObject({
    state: 'succeeded',
    attempt: 1,
    result: { revision: 1, traffic: { 1: 100 } },
  })
  await worker.close()
})

const slow = () =>
  new FailureError('engine-slow', { diagnosis: '`nc` in the container proxy-1 did not end within 15000 ms' })

test('what is slow of the machinery is tried again within the deploy’s own time', async () => {
  const worker = await stage.startWorker(noBuilder)
  const deploy = await declare('busy')
  const scaleUp = vi.spyOn(stage.engines.deploy.docker, 'scaleUp')
  for (let time = 0; time < 2; time++) scaleUp.mockRejectedValueOnce(slow())
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0, attempt: 1 })
  await worker.close()
})

test('once that time is over, the slowness is what is told and waited for, not the deploy’s deadline', async () => {
  const worker = await stage.startWorker(noBuilder)
  const deploy = await declare('too-busy', '10s')
  const scaleUp = vi.spyOn(stage.engines.deploy.docker, 'scaleUp').mockRejectedValue(slow())
  const id = await stage.request(deploy)
  const waiting = await waitForJob(stage.api.ledger, id, ({ state }) => state === 'waiting' || isFinal(state))
  expect(waiting).toMatchObject({ waitingFor: 'engine', failures: 0, error: { code: 'engine-slow' } })
  expect(waiting.error?.diagnosis).toContain('`nc` in the container proxy-1')
  scaleUp.mockRestore()
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0 })
  await worker.close()
})

test('what a newer version has recorded is left to a worker of that version, and costs nothing', async () => {
  const { api } = stage
  const deploy = await declare('of-tomorrow')
  const id = await stage.request(deploy)
  const write = (spec: string) => api.ledger.pool.query(`UPDATE app_specs SET spec = ${spec} WHERE app = 'of-tomorrow'`)
  await write(`jsonb_set(spec, '{environments,staging,sidecars}', '["s3cret"]')`)
  const worker = await stage.startWorker(noBuilder)
  await waitForJob(api.ledger, id, ({ waitingFor }) => waitingFor === 'worker')
  const { body, text } = await api.call('GET', `/v1/jobs/${id}`)
  expect(body).toMatchObject({ failures: 0, losses: 0, error: { code: 'worker-outdated' } })
  expect(body.error.diagnosis).toContain('sidecars')
  expect(text).not.toContain('s3cret')
  await write(`spec #- '{environments,staging,sidecars}'`)
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0 })
  await worker.close()
})
