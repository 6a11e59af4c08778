import { readFileSync } from 'node:fs'
import { type Job, type Transition, transitionJob } from '@stevedore/ledger'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import {
  claim,
  declareApp,
  enqueue,
  newBuild,
  newDeploy,
  newRollback,
  openFixture,
  rolledOut,
  worker,
} from './fixture.ts'

const { ledger, sql } = await openFixture()
const file = new URL('../../../k8s/components/keda/scaled-object.yaml', import.meta.url)
const scaled = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS())
const { query } = scaled.at(-1).spec.triggers[0].metadata

/** As KEDA does, with the rights of the service. */
async function count(): Promise<number> {
  await sql('set role stevedore_service')
  const [row] = await sql<{ count: string }>(query)
  await sql('reset role')
  return Number(row?.count)
}

test('KEDA counts the deploys and rollbacks that are queued or run: no builds, none that wait, none that are over', async () => {
  const { app } = await declareApp(ledger)
  await enqueue(ledger, newBuild(app))
  expect(await count()).toBe(0)
  const deploy = await enqueue(ledger, newDeploy(app))
  expect(await count()).toBe(1)
  const running = await claim(ledger, deploy)
  expect(await count()).toBe(1)
  const rollback = await claim(ledger, await enqueue(ledger, newRollback(app, { environment: 'production' })))
  expect(await count()).toBe(2)
  const move = (job: Job, transition: Transition) =>
    transitionJob(ledger, { jobId: job.id, from: job, transition, by: worker })
  await move(rollback, { to: 'waiting', waitingFor: 'retry', delayMs: 60_000 })
  expect(await count()).toBe(1)
  await move(running, { to: 'succeeded', result: rolledOut })
  expect(await count()).toBe(0)
})
