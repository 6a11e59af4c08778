import { randomUUID } from 'node:crypto'
import { appSpec, type JobView } from '@stevedore/contract'
import { type By, getEnvironment, getRevision, listJobs, putApp, putSecret } from '@stevedore/ledger'
import { createRepository, sampleSpec, type TestRepository } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secret, signHex } from '../api/hooked-shop.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

const by: By = { actor: 'token:ada', correlationId: 'c-1' }
const app = 'shop'
let stage: WorkerStage
let repository: TestRepository
/** Builds of these commits do not end before they are let go. */
const slow = new Map<string, { ended: Promise<void>; end(): void }>()

beforeAll(async () => {
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
  repository = createRepository()
  const triggers = [
    { on: 'push', branch: 'main', do: ['build production', 'push', 'deploy staging'] },
    { on: 'tag', pattern: '*', do: ['build production'] },
  ]
  const spec = appSpec.parse({ ...sampleSpec(), source: { git: repository.url }, triggers })
  await putApp(stage.api.ledger, { spec, by })
  await putSecret(stage.api.ledger, { name: 'WEBHOOK_SECRET', app, value: secret, by })
  const { images } = stage.engines
  stage.engines.images = {
    ...images,
    async build(build, context) {
      await slow.get(build.args.VCS_REF ?? '')?.ended
      return images.build(build, context)
    },
  }
  await stage.startWorker()
})
afterAll(async () => {
  for (const { end } of slow.values()) end()
  await stage.close()
  repository.remove()
})

function slowDown(commit: string): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  slow.set(commit, { ended: promise, end: resolve })
  return resolve
}

/** What the forge sends. @returns the job that begins the pipeline */
async function deliver(commit: string, { ref = 'refs/heads/main', delivery = randomUUID(), body: more = {} } = {}) {
  const body = JSON.stringify({ ref, after: commit, repository: { clone_url: repository.url }, ...more })
  const signed = { 'x-hub-signature-256': `sha256=${signHex(body)}` }
  const headers = { ...signed, 'x-github-event': 'push', 'x-github-delivery': delivery }
  const { body: answer } = await stage.api.call('POST', `/v1/webhooks/github/${app}`, { token: null, body, headers })
  return answer
}

const commit = (content: string) => repository.commit({ Dockerfile: 'FROM scratch AS production\n', content })

/** Waits for the end of the deploy that a pipeline comes to. */
async function endOfDeploy(first: string): Promise<JobView> {
  let job = await stage.end(first)
  while (job.kind !== 'deploy') {
    const [next] = (await listJobs(stage.api.ledger, { app, limit: 100 })).filter(({ parentId }) => parentId === job.id)
    if (!next) throw new Error(`nothing follows the ${job.kind} job ${job.id}: it is ${job.state}`)
    job = await stage.end(next.id)
  }
  return job
}

async function readServing(): Promise<string | undefined> {
  const number = (await getEnvironment(stage.api.ledger, app, 'staging'))?.currentRevision
  return number ? (await getRevision(stage.api.ledger, app, 'staging', number))?.version : undefined
}

test('a push that builds slowly does not go over a later one that is deployed, nor does a retry of it', async () => {
  const [older, newer] = [commit('older'), commit('newer')]
  const letGo = slowDown(older)
  const first = (await deliver(older)).jobs[0]
  const second = (await deliver(newer)).jobs[0]
  const deployed = await endOfDeploy(second)
  expect(deployed.state).toBe('succeeded')
  const serving = await readServing()
  expect(serving).toBe(newer.slice(0, 7))

  letGo()
  const late = await endOfDeploy(first)
  const told = `a later push, refs/heads/main at ${newer.slice(0, 12)}, is deployed already by job ${deployed.id}`
  const superseded = { supersededBy: deployed.id, reason: expect.stringContaining(told) }
  expect(late).toMatchObject({ state: 'superseded', result: superseded })
  expect(await readServing()).toBe(serving)
  const { body: retry } = await stage.api.call('POST', `/v1/jobs/${late.id}/retry`)
  expect(retry).toMatchObject({ state: 'superseded', result: superseded })

  const byHand = { kind: 'deploy', app, environment: 'staging', version: older.slice(0, 7) } as const
  expect(await stage.run(byHand)).toMatchObject({ state: 'succeeded' })
  expect(await readServing()).toBe(older.slice(0, 7))
  const next = commit('next')
  expect(await endOfDeploy((await deliver(next)).jobs[0])).toMatchObject({ state: 'succeeded' })
  expect(await readServing()).toBe(next.slice(0, 7))
})

test('a push that is told after a later one of its branch, or again, does not go over it; a branch that is set back does', async () => {
  const [older, newer] = [commit('told late'), commit('told first')]
  const { id: serving } = await endOfDeploy((await deliver(newer)).jobs[0])
  expect(await readServing()).toBe(newer.slice(0, 7))
  const late = await endOfDeploy((await deliver(older)).jobs[0])
  expect(late).toMatchObject({ state: 'superseded', result: { supersededBy: serving } })
  expect(await readServing()).toBe(newer.slice(0, 7))

  repository.git('reset', '--quiet', '--hard', older)
  const body = { note: 'set back' }
  expect(await endOfDeploy((await deliver(older, { body })).jobs[0])).toMatchObject({ state: 'succeeded' })
  expect(await readServing()).toBe(older.slice(0, 7))
})

test('a tag is built where it was pushed, under its name, though a branch has that name too', async () => {
  const tagged = commit('tagged')
  repository.git('tag', '--annotate', '@acme/web@1.2.3', '--message', 'one', tagged)
  const other = commit('other')
  repository.git('branch', '@acme/web@1.2.3', other)
  const answer = await deliver(tagged, { ref: 'refs/tags/@acme/web@1.2.3' })
  const job = await stage.end(answer.jobs[0])
  expect(job).toMatchObject({ state: 'succeeded', result: { version: 'acme-web-1.2.3', commit: tagged } })
  const byHand = await stage.run({ kind: 'build', app, ref: 'refs/heads/@acme/web@1.2.3', version: '9.0.0' })
  expect(byHand).toMatchObject({ state: 'succeeded', result: { commit: other } })
  const ambiguous = await stage.run({ kind: 'build', app, ref: '@acme/web@1.2.3' })
  const both = /refs\/heads\/@acme\/web@1\.2\.3 and refs\/tags\/@acme\/web@1\.2\.3/
  expect(ambiguous).toMatchObject({ error: { code: 'ref-ambiguous', diagnosis: expect.stringMatching(both) } })
})
