import { type AppSpec, FailureError } from '@stevedore/contract'
import { activateRevision, createRevision, type NewJob, readDeployFigures, transitionJob } from '@stevedore/ledger'
import { expect, test } from 'vitest'
import {
  declareApp,
  imageOf,
  newDeploy,
  newRemoval,
  newRollback,
  openFixture,
  rolledOut,
  startJob,
  worker,
} from './fixture.ts'

const { ledger, sql } = await openFixture()
const environment = 'staging'

/** A job that ended, as if it had been recorded and ended so many minutes ago. */
async function play(
  spec: AppSpec,
  newJob: NewJob,
  minutesAgo: { recorded: number; ended: number },
  failure?: 'never-healthy',
) {
  const { job, message } = await startJob(ledger, newJob)
  if (!failure && !('remove' in newJob.resolved)) {
    const settings = spec.environments[environment] as NonNullable<(typeof spec.environments)[string]>
    const made = { specVersion: 1, strategy: 'rolling', cause: 'deploy', by: worker } as const
    const of = { ...message, app: spec.app, environment }
    const image = imageOf(spec.app)
    const { number } = await createRevision(ledger, { ...of, ...made, image, version: '1.0.0', settings })
    await activateRevision(ledger, { ...of, number, pin: false, unpin: false, by: worker })
  }
  const transition = failure
    ? ({ to: 'failed', failure: new FailureError(failure).toFailure() } as const)
    : ({ to: 'succeeded', result: rolledOut } as const)
  await transitionJob(ledger, { jobId: job.id, from: job, transition, by: worker })
  const { recorded, ended } = minutesAgo
  await sql(
    `update jobs set created_at = now() - make_interval(mins => $2), finished_at = now() - make_interval(mins => $3)
     where id = $1`,
    [job.id, recorded, ended],
  )
  await sql('update revisions set activated_at = now() - make_interval(mins => $2) where job_id = $1', [job.id, ended])
  return job.id
}

const read = async (app: string) => (await readDeployFigures(ledger)).filter((figures) => figures.app === app)
const days = 24 * 60

test('tells how changes went, within a week and a month, and how long a fault lasted', async () => {
  const spec = await declareApp(ledger)
  const { app } = spec
  const deploy = newDeploy(app)
  await play(spec, deploy, { recorded: 40 * days + 10, ended: 40 * days })
  await play(spec, deploy, { recorded: 20 * days + 50, ended: 20 * days })
  await play(spec, deploy, { recorded: 100, ended: 90 })
  await play(spec, deploy, { recorded: 85, ended: 80 }, 'never-healthy')
  await play(spec, deploy, { recorded: 75, ended: 70 }, 'never-healthy')
  await play(spec, deploy, { recorded: 70, ended: 60 })
  await play(spec, newRollback(app), { recorded: 50, ended: 40 })
  const [month, week] = await read(app)
  expect(week).toMatchObject({ environment, window: '7d', succeeded: 2, failed: 2, rolledBack: 1 })
  // Of the two faults one lasted from the first failure to the next success, the other from when it served to its rollback: 20 minutes each.
  expect(week?.restoreSeconds).toBeCloseTo(20 * 60, 0)
  expect(week?.leadSeconds).toBeCloseTo(10 * 60, 0)
  expect(month).toMatchObject({ window: '30d', succeeded: 3, failed: 2, rolledBack: 1 })
  expect(month?.leadSeconds).toBeCloseTo(10 * 60, 0)
})

test('where an image serves for the first time, its lead begins with the build; later with the deploy', async () => {
  const spec = await declareApp(ledger)
  const { app } = spec
  const deploy = newDeploy(app)
  const first = await play(spec, deploy, { recorded: 30, ended: 20 })
  await sql(
    `insert into images (app, version, target, registry, name, tags, image_id, size, report, job_id)
     select $1, '1.0.0', 'production', 'r', 'n', '{}', 'i', 1, '{}', $2`,
    [app, first],
  )
  await sql(`update jobs set created_at = now() - interval '60 minutes' where id = $1`, [first])
  expect((await read(app))[0]?.leadSeconds).toBeCloseTo(40 * 60, 0)
  await play(spec, deploy, { recorded: 12, ended: 10 })
  await play(spec, deploy, { recorded: 7, ended: 5 })
  expect((await read(app))[0]?.leadSeconds).toBeCloseTo(2 * 60, 0)
})

test('a removal is no change; an app that is retired is told no more', async () => {
  const spec = await declareApp(ledger)
  const { app } = spec
  await play(spec, newDeploy(app), { recorded: 2, ended: 1 })
  await play(spec, newRemoval(app), { recorded: 1, ended: 0 })
  expect(await read(app)).toMatchObject([{ succeeded: 1, failed: 0, restoreSeconds: null }, { succeeded: 1 }])
  await sql('update apps set retired_at = now() where app = $1', [app])
  expect(await read(app)).toEqual([])
})
