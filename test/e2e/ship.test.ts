import type { AuditVerification, EnvironmentView, ImageView, JobDetailView, RevisionView } from '@stevedore/contract'
import {
  busyboxComponent,
  dockerComponent,
  haproxyComponent,
  lacks,
  openTestDocker,
  registryComponent,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { environment, release, writeSpec } from '../../scripts/demo/example-app.ts'
import { startLoad } from '../../scripts/demo/load.ts'
import { type Stage, setStage } from '../../scripts/demo/stage.ts'
import { readJson, runCommand, succeed } from './command.ts'

// Whole stories, each command a process: on a machine that is busy with more they take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

describe.skipIf(lacks(dockerComponent, registryComponent, busyboxComponent, haproxyComponent))(
  'an app on its way',
  () => {
    let stage: Stage
    const run = (...arguments_: string[]) => runCommand(stage.settings, ...arguments_)
    const read = <T>(...arguments_: string[]) => readJson<T>(stage.settings, ...arguments_)
    const ship = async (version: string, behaviour?: string) => {
      await release(stage, version, behaviour)
      await succeed(run('build', stage.app, 'production', `--version=${version}`, '--push'))
    }
    const answer = async () => (await (await fetch(`http://127.0.0.1:${stage.port}/version`)).text()).trim()

    beforeAll(async () => {
      stage = await setStage()
      await succeed(run('apply', '-f', await writeSpec(stage)))
      await ship('1.0.0')
    })
    afterAll(() => stage?.clear())

    const listContainers = async () =>
      (await openTestDocker().listContainers({ all: true, filters: { label: [`io.stevedore.app=${stage.app}`] } }))
        .length

    test('what was built and pushed is listed with its digest and report', async () => {
      const [image] = await read<ImageView[]>('images', stage.app)
      expect(image).toMatchObject({ version: '1.0.0', target: 'production', digest: expect.stringMatching(/^sha256:/) })
      expect(image?.report).toMatchObject({
        version: '1.0.0',
        pushed: true,
        vcs_ref: stage.repository.git('rev-parse', 'HEAD'),
      })
    })

    test('a dry run shows the changes and makes none', async () => {
      const job = await read<JobDetailView>('deploy', stage.app, environment, '--dry-run')
      expect(job.state).toBe('succeeded')
      const create = expect.objectContaining({ action: 'create' })
      expect(job.result).toMatchObject({ dryRun: true, changes: expect.arrayContaining([create]) })
      expect(await listContainers()).toBe(0)
      expect(await read('history', stage.app, environment)).toEqual([])
    })

    test('two versions go live without a failed request, a broken third does not, and the first comes back', async () => {
      const first = await run('deploy', stage.app, environment, '--version=1.0.0')
      expect(first).toMatchObject({ status: 0, stdout: expect.stringContaining('revision 1 (1.0.0)') })
      const load = startLoad(`http://127.0.0.1:${stage.port}/version`)
      try {
        await ship('1.1.0')
        await succeed(run('deploy', stage.app, environment))
        expect(await answer()).toBe('1.1.0')

        await ship('1.2.0', 'crash')
        const broken = await run('deploy', stage.app, environment, '--version=1.2.0')
        expect(broken.status).toBe(1)
        expect(broken.stdout).toContain('container-crashed: The container exited')
        expect(broken.stdout).toContain('hello: cannot open its settings')
        expect(broken.stdout).toContain('What to do: ')
        expect(await answer()).toBe('1.1.0')

        await succeed(run('rollback', stage.app, environment, '--to-revision', '1'))
        expect(await answer()).toBe('1.0.0')
      } finally {
        const seen = await load.stop()
        expect(seen.failures).toEqual([])
        expect(seen.requests).toBeGreaterThan(100)
        expect(Object.keys(seen.answers).sort()).toEqual(['1.0.0', '1.1.0'])
      }
    })

    test('the output of what runs can be read', async () => {
      const { status, stdout } = await run('logs', stage.app, environment, '--tail', '10')
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('hello: listening on 8080') })
    })

    test('a command runs in what serves, and its exit status comes back', async () => {
      const ran = await run(
        'run',
        stage.app,
        environment,
        '--timeout',
        '1m',
        '--',
        'sh',
        '-c',
        'echo to be seen; exit 7',
      )
      expect(ran).toMatchObject({ status: 7, stdout: expect.stringContaining('exit status 7, in revision 1 (1.0.0)') })
      expect(ran.stdout).toContain('to be seen')
    })

    test('history, status and the audit trail say what happened', async () => {
      const revisions = await read<RevisionView[]>('history', stage.app, environment)
      expect(revisions.map(({ number, version, state }) => [number, version, state])).toEqual([
        [3, '1.2.0', 'failed'],
        [2, '1.1.0', 'retired'],
        [1, '1.0.0', 'active'],
      ])
      const view = await read<EnvironmentView>('status', stage.app, environment)
      expect(view).toMatchObject({ desired: { number: 1 }, pinnedBy: 'token:first-admin' })
      expect(await read<AuditVerification>('audit', 'verify')).toMatchObject({ ok: true })
      expect((await run('audit', '--app', stage.app)).stdout).toContain('environment.pinned')
    })

    test('statuses tell wrong usage, what cannot be, a server that is away, and what is not allowed apart', async () => {
      expect(await run('deploy', stage.app)).toMatchObject({ status: 2 })
      expect(await run('deploy', 'no-such-app', environment)).toMatchObject({ status: 2 })
      expect(await run('deploy', stage.app, environment, '--version=9.9.9')).toMatchObject({ status: 2 })
      const [build] = await read<JobDetailView[]>('jobs', '--kind', 'build')
      expect(await run('cancel', build!.id)).toMatchObject({ status: 1, stderr: expect.stringContaining('succeeded') })
      expect(await run('status', '--url', 'http://127.0.0.1:9')).toMatchObject({ status: 3 })
      expect(await runCommand({ ...stage.settings, STEVEDORE_TOKEN: 'stv_nobodys' }, 'status')).toMatchObject({
        status: 4,
      })
      const viewer = (await run('token', 'create', 'looker', '--role', 'viewer')).stdout.trim()
      const asViewer = { ...stage.settings, STEVEDORE_TOKEN: viewer }
      await succeed(runCommand(asViewer, 'status'))
      expect(await runCommand(asViewer, 'deploy', stage.app, environment)).toMatchObject({ status: 4 })
    })

    test('an environment that is taken down runs nothing and keeps its history; then the app can be retired', async () => {
      const early = await run('retire', stage.app)
      expect(early).toMatchObject({ status: 1, stderr: expect.stringContaining(`remove ${stage.app} ${environment}`) })
      const removed = await run('remove', stage.app, environment)
      expect(removed).toMatchObject({ status: 0, stdout: expect.stringContaining('the environment is taken down') })
      expect(await listContainers()).toBe(0)
      await expect(answer()).rejects.toThrow()
      const view = await read<EnvironmentView>('status', stage.app, environment)
      expect(view).toMatchObject({ desired: null, observed: null, pinnedBy: null })
      expect(await read<RevisionView[]>('history', stage.app, environment)).toHaveLength(3)
      expect((await run('audit', '--app', stage.app)).stdout).toContain('environment.removed')
      await succeed(run('retire', stage.app))
    })
  },
)
