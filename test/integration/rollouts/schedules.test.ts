import type { JobView, ScheduleView } from '@stevedore/contract'
import { lacks, waitOnLedger } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

const script = 'console.log("backed up by", process.env.REVISION)'
const backup = { at: '0 0 1 1 *', command: ['node', '-e', script], timeout: '2m' }

describe.skipIf(lacks(...rolloutComponents))('the schedule of an app on Docker', () => {
  let stage: RolloutStage
  let address = ''

  beforeAll(async () => {
    stage = await openRolloutStage()
    await stage.startWorker()
    await stage.declare({ replicas: 1, schedules: { backup } })
    const { body } = await stage.api.call('GET', '/v1/apps')
    address = `/v1/apps/${body.items[0].app}/environments/main`
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
  })
  afterAll(() => stage.close())

  const view = async (): Promise<ScheduleView> => (await stage.api.call('GET', address)).body.schedules[0]
  const runs = async (): Promise<JobView[]> => (await stage.api.call('GET', '/v1/jobs?kind=run')).body.items

  /** Moves its next time into the past. */
  const letPass = () =>
    stage.api.ledger.pool.query(
      `update schedules set next_at = date_trunc('milliseconds', now()) - interval '1 second'`,
    )

  async function nextJob(): Promise<JobView> {
    const known = new Set((await runs()).map(({ id }) => id))
    await letPass()
    const look = async () => (await runs()).find(({ id }) => !known.has(id))
    const found = await waitOnLedger(stage.api.ledger, look, { timeoutMs: 60_000 })
    if (!found) throw new Error('no job of the schedule came')
    return found
  }

  test('its time comes: the command runs in the app’s image, and its output is there', async () => {
    const job = await stage.end((await nextJob()).id)
    expect(job).toMatchObject({
      state: 'succeeded',
      requestedBy: 'schedule:backup',
      result: { exitCode: 0, revision: 1 },
    })
    expect((await stage.api.call('GET', `/v1/jobs/${job.id}/logs`)).text).toBe('backed up by 1\n')
    expect((await view()).lastJob).toMatchObject({ id: job.id, state: 'succeeded', exitCode: 0 })
  })

  test('workers that are killed as it comes neither lose it nor double it', async () => {
    const before = (await runs()).length
    const doomed = [await stage.startWorker(), await stage.startWorker()]
    const job = nextJob()
    for (const worker of doomed) worker.signal('SIGKILL')
    expect(await stage.end((await job).id)).toMatchObject({ state: 'succeeded', result: { exitCode: 0 } })
    expect(await runs()).toHaveLength(before + 1)
  })
})
