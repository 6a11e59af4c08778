import { appSpec, type ResolvedBuild } from '@stevedore/contract'
import { enqueueJob, type NewJob, putApp } from '@stevedore/ledger'
import { createRepository, sampleSpec, type TestRepository, waitForJob } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let repository: TestRepository
const by = { actor: 'token:ada', correlationId: 'c-1' }

beforeAll(async () => {
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
  repository = createRepository()
  repository.commit({ Dockerfile: 'FROM scratch AS production\n' })
  const spec = appSpec.parse({ ...sampleSpec(), source: { git: repository.url } })
  await putApp(stage.api.ledger, { spec, by })
  await playBuild(stage.api)
  await stage.startWorker()
})
afterAll(async () => {
  await stage.close()
  repository.remove()
})

/** As superuser, behind the ledger's back. */
async function sql(text: string): Promise<void> {
  const client = new Client({ connectionString: stage.api.databaseUrl })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

/** A build as the pipeline of a trigger begins with it. */
async function startPipeline(
  version: string,
  build: Partial<ResolvedBuild>,
  next: NewJob['next'],
  specVersion = 1,
): Promise<string> {
  const resolved: ResolvedBuild = {
    ...{ kind: 'build', targets: ['production'], ref: null, version, push: false, noCache: false, upload: null },
    ...{ registry: 'registry.example.com', cacheScope: 'shop', trusted: true },
    ...build,
  }
  const request = { kind: 'build', app: 'shop', version } as const
  const job: NewJob = { kind: 'build', app: 'shop', environment: null, specVersion, request, resolved, next }
  return (await enqueueJob(stage.api.ledger, { job, by })).job.id
}

test('an end that cannot be recorded is loud, and is recorded by another try', async () => {
  await sql(`
    CREATE SEQUENCE tries;
    CREATE FUNCTION refuse_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.state = 'succeeded' AND nextval('tries') <= 2 THEN RAISE EXCEPTION 'not today'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse_end BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION refuse_end()`)
  const job = await stage.run({ kind: 'deploy', app: 'shop', environment: 'staging', dryRun: true })
  await sql('DROP TRIGGER refuse_end ON jobs')
  expect(job).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 })
  expect(stage.readLogs().match(/"log.level":"error".*not today.*could not be recorded/g)).toHaveLength(2)
  expect(await stage.metrics.render()).toContain('settle_failures_total{kind="deploy"} 2')
})

test('a follow-up that a rule refuses fails the job before it by a code of its own, and says which rule', async () => {
  const job = await stage.end(await startPipeline('2.0.0', {}, [{ kind: 'deploy', environment: 'staging' }]))
  expect(job).toMatchObject({
    state: 'failed',
    error: {
      code: 'pipeline-refused',
      diagnosis: expect.stringMatching(/^no-such-image: 2\.0\.0 of target production was built but not pushed: /),
    },
  })
})

test('a follow-up that a pin holds back is left out: the result and the log say so', async () => {
  const deploy = { kind: 'deploy', app: 'shop', environment: 'staging', version: '1.0.0' } as const
  for (const revision of [1, 2]) expect(await stage.run(deploy)).toMatchObject({ result: { revision } })
  await stage.run({ kind: 'rollback', app: 'shop', environment: 'staging' })
  const job = await stage.end(
    await startPipeline('3.0.0', { push: true }, [{ kind: 'deploy', environment: 'staging' }]),
  )
  const reason = 'deploy staging: staging is pinned by a rollback of token:'
  expect(job).toMatchObject({
    state: 'succeeded',
    result: { version: '3.0.0', leftOut: [expect.stringContaining(reason)] },
  })
  expect((await stage.api.call('GET', `/v1/jobs/${job.id}/logs`)).text).toContain(`left out: ${reason}`)
})

test('a follow-up that lacks a secret is left out with all that would come after it, each with its command', async () => {
  const spec = { ...sampleSpec(), source: { git: repository.url } }
  const environments = { wanting: { engine: 'docker', port: 8083, secrets: ['MISSING'] } } as const
  const { app } = await putApp(stage.api.ledger, { spec: appSpec.parse({ ...spec, environments }), by })
  const next = [{ kind: 'deploy', environment: 'wanting', target: 'production' }] as const
  const job = await stage.end(
    await startPipeline('4.0.0', { push: true }, [...next, { kind: 'push' }], app.specVersion),
  )
  expect(job).toMatchObject({ state: 'succeeded', error: null })
  expect(Object(job.result).leftOut).toEqual([
    expect.stringMatching(
      /^deploy wanting, push: .*`stevedore secret set MISSING --app shop`. To go on then: `stevedore deploy shop wanting --version 4\.0\.0 --target production`, `stevedore push shop 4\.0\.0/,
    ),
  ])
})

test('what follows a deploy in a pipeline is deployed once that one serves', async () => {
  const spec = { ...sampleSpec(), source: { git: repository.url } }
  const environments = { one: { engine: 'docker', port: 8084 }, two: { engine: 'docker', port: 8085 } } as const
  const { app } = await putApp(stage.api.ledger, { spec: appSpec.parse({ ...spec, environments }), by })
  const next = [
    { kind: 'deploy', environment: 'one' },
    { kind: 'deploy', environment: 'two' },
  ] as const
  const build = await stage.end(await startPipeline('5.0.0', { push: true }, [...next], app.specVersion))
  expect(build).toMatchObject({ state: 'succeeded' })
  let parent = build.id
  for (const environment of ['one', 'two']) {
    const { items } = (await stage.api.call('GET', `/v1/jobs?app=shop&environment=${environment}`)).body
    const job = await stage.end(items[0]?.id)
    expect(job).toMatchObject({ state: 'succeeded', parentId: parent, request: { version: '5.0.0' } })
    parent = job.id
  }
})

test('an attempt obeys what was asked before it began, though it hears nothing more from the ledger', async () => {
  const pausing = { type: 'canary', steps: [{ setWeight: 50 }, { pause: {} }] } as const
  const spec = { ...sampleSpec(), source: { git: repository.url } }
  const environments = { canary: { engine: 'docker', port: 8082, strategy: pausing } } as const
  await putApp(stage.api.ledger, { spec: appSpec.parse({ ...spec, environments }), by })
  const deploy = { kind: 'deploy', app: 'shop', environment: 'canary', version: '1.0.0' } as const
  await stage.run(deploy)
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  await sql(`
    CREATE FUNCTION refuse_renewal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF OLD.state = 'running' AND NEW.lease_until <> OLD.lease_until THEN RAISE EXCEPTION 'not today'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse_renewal BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION refuse_renewal()`)
  await stage.api.call('POST', `/v1/jobs/${id}/abort`)
  expect(await stage.end(id)).toMatchObject({ state: 'failed', attempt: 2, error: { code: 'aborted' } })
  await sql('DROP TRIGGER refuse_renewal ON jobs')
})
