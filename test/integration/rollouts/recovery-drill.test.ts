import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { type EnvironmentView, isFinal, type JobDetailView, type UnknownPlaceView } from '@stevedore/contract'
import { findFreePort, gitComponent, lacks, redisComponent, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startLoad } from '../../../scripts/demo/load.ts'
import type { ApiProcess } from '../../harness/api-process.ts'
import type { StevedoreProcess } from '../../harness/stevedore-process.ts'
import {
  awaitCheckpoint,
  awaitMessage,
  environment,
  findBackup,
  openRecoveryStage,
  type RecoveryStage,
  type Server,
} from './recovery-stage.ts'
import { rolloutComponents } from './stage.ts'

const secret = 'sealed-before-the-loss'

// What comes before is two builds, three deploys, a backup and a restore.
vi.setConfig({ hookTimeout: 600_000 })

describe.skipIf(lacks(...rolloutComponents, redisComponent, gitComponent))(
  'an older backup on a new server, while Docker and Redis are ahead',
  () => {
    let stage: RecoveryStage
    let app = ''
    /** Declared and deployed after the backup. */
    let beside = ''
    let besidePort = 0
    /** In the copy it is still to do; it was done since. */
    let copied = ''
    /** Its message alone is left of it. */
    let lost = ''
    /** Where the trail of the copy ends. */
    let head = 0
    let token = ''
    let api: ApiProcess
    let server: Server
    /** Who takes deploys. */
    let worker: StevedoreProcess
    let visitors: { app: ReturnType<typeof startLoad>; beside: ReturnType<typeof startLoad> }

    beforeAll(async () => {
      stage = await openRecoveryStage()
      app = stage.app
      beside = `${app}-beside`
      const old = await stage.openServer()
      token = await shipUntilBackup(old)
      await goOnAfterBackup(old)
      await old.lose()
      server = await stage.openServer()
      await restore(server)
      ;[api, worker] = await Promise.all([server.startApi(token), server.startWorker()])
    })
    afterAll(async () => {
      await Promise.all([visitors?.app.stop(), visitors?.beside.stop()])
      await stage?.close()
    })

    const must = async (on: Server, ...arguments_: string[]) => {
      const ended = await on.run(...arguments_)
      expect(ended, `${ended.stdout}${ended.stderr}`).toMatchObject({ status: 0 })
      return ended
    }
    const status = (of: string) => server.read<EnvironmentView>('status', of, environment)
    const readUnknown = () => server.read<UnknownPlaceView[]>('status', '--unknown')
    const readJob = async (id: string) => (await api.call('GET', `/v1/jobs/${id}`)).body as JobDetailView

    /** 1.0.0 serves, 2.0.0 stands in the line when the backup is made. @returns the token of the operator */
    async function shipUntilBackup(old: Server): Promise<string> {
      await must(old, 'migrate')
      const { firstToken = '', call } = await old.startApi()
      ;[worker] = await Promise.all([old.startWorker('deploy,rollback'), old.startWorker('build,push')])
      await must(old, 'apply', '-f', await stage.writeSpec({ secrets: ['GREETING'] }))
      expect((await call('PUT', `/v1/secrets/GREETING?app=${app}`, { body: { value: secret } })).status).toBeLessThan(
        300,
      )
      for (const version of ['1.0.0', '2.0.0'])
        await must(old, 'build', app, 'production', `--version=${version}`, '--push')
      await must(old, 'deploy', app, environment, '--version=1.0.0')
      worker.signal('SIGSTOP')
      copied = await old.leave('deploy', app, environment, '--version=2.0.0')
      const { stdout } = await must(old, 'backup', '--to', stage.backups)
      head = Number(/ends at (\d+):/.exec(stdout)?.[1])
      return firstToken
    }

    /** 2.0.0 serves, another app came, and the message of one more deploy stands in Redis. */
    async function goOnAfterBackup(old: Server): Promise<void> {
      worker.signal('SIGCONT')
      await must(old, 'watch', copied)
      besidePort = await findFreePort()
      await must(old, 'apply', '-f', await stage.writeSpec({ app: beside, port: besidePort }))
      await must(old, 'deploy', beside, environment, `--image=${await stage.publish(beside)}`)
      visitors = { app: visit(stage.port), beside: visit(besidePort) }
      worker.signal('SIGSTOP')
      lost = await old.leave('deploy', app, environment, '--version=1.0.0')
      await awaitMessage(stage, lost)
      await awaitCheckpoint(stage, head)
    }

    async function restore(onto: Server): Promise<void> {
      const backup = await findBackup(stage.backups)
      const otherKey = { STEVEDORE_MASTER_KEY: randomBytes(32).toString('base64') }
      expect(await onto.runWith(otherKey, 'restore', backup)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/sealed with another master key[\s\S]*What to do: Set STEVEDORE_MASTER_KEY/),
      })
      expect((await must(onto, 'restore', backup)).stdout).toContain('stevedore status --unknown')
    }

    test('what the ledger does not know of is dropped, and the log says so', async () => {
      await worker.waitForLine(new RegExp(`"jobId":"${lost}".*of a job that the ledger does not know`))
      expect(await api.call('GET', `/v1/jobs/${lost}`)).toMatchObject({ status: 404 })
    })

    test('the trail is said to lack its end', async () => {
      const { status: code, stderr } = await server.run('audit', 'verify')
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /The trail is broken at entry \d+: (cut, it ends after \d+ entries and a checkpoint|rewritten)/,
        ),
      })
    })

    test('what the copy had still to do waits for a person, and the drift is shown', async () => {
      const held = await waitUntil(
        'the job to wait for a person',
        async () => {
          const job = await readJob(copied)
          return job.waitingFor === 'restored' && job
        },
        { timeoutMs: 60_000 },
      )
      expect(held).toMatchObject({ state: 'waiting', error: { code: 'restored' } })
      expect(await status(app)).toMatchObject({
        desired: { number: 1, version: '1.0.0' },
        observed: {
          traffic: { 2: 100 },
          drift: [
            { field: 'revision 1', wanted: 'running', found: 'absent' },
            { field: 'revision', wanted: 'at most 1', found: '2' },
          ],
        },
      })
      expect((await must(server, 'status')).stdout).toMatch(
        /needs attention: what runs is newer than the ledger.*drift/,
      )
    })

    test('what the ledger never knew is listed with what it holds; adopted and taken down, it leaves its port to others', async () => {
      const found = await waitUntil(
        'a look at Docker',
        async () => {
          const places = await readUnknown()
          return places.length > 0 && places
        },
        { timeoutMs: 60_000 },
      )
      expect(found.map(({ seenAt: _, host: __, ...place }) => place)).toEqual([
        { app: beside, environment, replicas: 1, revisions: [1], claims: [`port ${besidePort}`] },
      ])
      await must(server, 'apply', '-f', await stage.writeSpec({ app: beside, port: besidePort }))
      await must(server, 'adopt', beside, environment)
      expect(await status(beside)).toMatchObject({ desired: { number: 1, cause: 'adopted' }, observed: { drift: [] } })
      expect(await readUnknown()).toEqual([])
      expect(await visitors.beside.stop()).toMatchObject({ failures: [], answers: { [beside]: expect.any(Number) } })
      await must(server, 'remove', beside, environment)
      await must(server, 'retire', beside)
      const after = `${app}-after`
      await must(server, 'apply', '-f', await stage.writeSpec({ app: after, port: besidePort }))
      await must(server, 'deploy', after, environment, `--image=${await stage.publish(after)}`)
      expect(await status(after)).toMatchObject({ replicas: { healthy: 1, desired: 1 } })
    })

    test('adopted, and deployed anew with the secret of before, the app never answered as anything else', async () => {
      await must(server, 'adopt', app, environment)
      expect(await readJob(copied)).toMatchObject({ state: 'superseded' })
      expect(await status(app)).toMatchObject({ desired: { number: 2, version: '2.0.0' }, observed: { drift: [] } })
      await must(server, 'deploy', app, environment, '--version=2.0.0')
      const variables = await stage.readVariables(app)
      expect(variables).toHaveLength(1)
      for (const own of variables) expect(own).toContain(`GREETING=${secret}`)
      const { requests, failures, answers } = await visitors.app.stop()
      expect({ failures, answers }).toEqual({ failures: [], answers: { '2.0.0': requests } })
    })

    test('then all is calm: no drift, nothing unknown, and a trail that is kept anew', async () => {
      await api.stop()
      await rename(stage.checkpoints, `${stage.checkpoints}-before-the-restore`)
      api = await server.startApi(token)
      expect((await must(server, 'status')).stdout).not.toMatch(/drift|attention|failed|DOWN/)
      expect(await readUnknown()).toEqual([])
      expect((await server.read<JobDetailView[]>('jobs')).filter(({ state }) => !isFinal(state))).toEqual([])
      await awaitCheckpoint(stage, 0)
      expect((await must(server, 'audit', 'verify')).stdout).toMatch(
        /Held against \d+ checkpoints[\s\S]*The trail holds/,
      )
    })
  },
)

const visit = (port: number) => startLoad(`http://127.0.0.1:${port}/version`)
