import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StevedoreProcess } from '../../harness/stevedore-process.ts'
import { openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

describe.skipIf(lacks(...rolloutComponents))('two environments with a link', () => {
  let stage: RolloutStage
  let worker: StevedoreProcess
  let app = ''

  beforeAll(async () => {
    stage = await openRolloutStage()
    worker = await stage.startWorker()
    await stage.declare({ replicas: 1 })
    app = (await stage.api.call('GET', '/v1/apps')).body.items[0].app
  })
  afterAll(() => stage?.close())

  /** `caller` links to `main`. */
  async function declare(main: object): Promise<void> {
    await stage.declare({ replicas: 1, ...main })
    const { body } = await stage.api.call('GET', `/v1/apps/${app}`)
    const caller = { ...body.spec.environments.main, port: undefined, linkedBy: undefined, links: [`${app}/main`] }
    const spec = { ...body.spec, environments: { ...body.spec.environments, caller } }
    const answer = await stage.api.call('PUT', `/v1/apps/${app}`, { body: spec })
    expect(answer.status, answer.text).toBeLessThan(300)
  }

  const deployCaller = (more: object = {}) => stage.deploy({ environment: 'caller', ...more })
  const linkedBy = () => ({ linkedBy: [`${app}/caller`] })
  const readLog = async (id: string) => (await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text

  /** What a command of the caller's gets by the name. */
  async function ask(): Promise<string> {
    const command = ['sh', '-c', `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${app} 80`]
    const answer = await stage.api.call('POST', `/v1/apps/${app}/environments/caller/runs`, { body: { command } })
    expect(answer.status, answer.text).toBe(202)
    await stage.end(answer.body.id)
    return readLog(answer.body.id)
  }

  test('a link of one side is refused before anything starts, with what to add', async () => {
    await declare({})
    const body = { kind: 'deploy', app, environment: 'caller', version: '1.0.0' }
    const { items } = (await stage.api.call('GET', `/v1/jobs?app=${app}`)).body
    const answer = await stage.api.call('POST', '/v1/jobs', { body })
    expect(answer.status).toBe(409)
    expect(answer.body).toMatchObject({
      type: '/problems/link-refused',
      detail: expect.stringContaining(`add \`linkedBy: [${app}/caller]\` to the environment main of ${app}`),
    })
    expect((await stage.api.call('GET', `/v1/jobs?app=${app}`)).body.items).toEqual(items)
  })

  test('one whose other side comes later is told, and leads there without another deploy, also after a worker was killed', async () => {
    await declare(linkedBy())
    const dry = await stage.end(await deployCaller({ dryRun: true }))
    const later = `links to ${app}/main, which does not run yet`
    expect(dry.result).toMatchObject({
      notes: expect.arrayContaining([expect.stringContaining(later)]),
      changes: expect.arrayContaining([expect.objectContaining({ object: `link ${app}/main` })]),
    })
    const id = await deployCaller()
    await stage.until(id, ({ type }) => type === 'replica.started')
    worker.signal('SIGKILL')
    await worker.ended
    worker = await stage.startWorker()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', losses: 1 })
    expect(await readLog(id)).toContain(later)
    expect(await ask()).not.toContain('200 OK')
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
    expect(await ask()).toMatch(/200 OK/)
    expect((await stage.api.call('GET', `/v1/apps/${app}/environments/caller`)).body.observed.drift).toEqual([])
  })

  test('is closed by the side that is called, and a removal of that says whose links lead nowhere now', async () => {
    await declare({})
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
    expect(await ask()).not.toContain('200 OK')
    const removed = await stage.end(await stage.request({ kind: 'deploy', remove: true }))
    expect(removed).toMatchObject({ state: 'succeeded', result: { linkedFrom: [`${app}/caller`] } })
  })
})
