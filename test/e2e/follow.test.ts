import type { ImageView, JobDetailView } from '@stevedore/contract'
import {
  busyboxComponent,
  dockerComponent,
  haproxyComponent,
  lacks,
  openTestDocker,
  registryComponent,
  waitUntil,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { release, writeSpec } from '../../scripts/demo/example-app.ts'
import { type Stage, setStage } from '../../scripts/demo/stage.ts'
import { readJson, runCommand, startCommand, succeed } from './command.ts'

// Whole stories, each command a process: on a machine that is busy with more they take their time.
const buildStarts = { timeoutMs: 60_000, intervalMs: 100 }
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

describe.skipIf(lacks(dockerComponent, registryComponent, busyboxComponent, haproxyComponent))(
  'a job that is followed',
  () => {
    let stage: Stage
    beforeAll(async () => {
      stage = await setStage()
      await release(stage, '1.0.0')
      await runCommand(stage.settings, 'apply', '-f', await writeSpec(stage))
    })
    afterAll(() => stage?.clear())

    /** Commits a Dockerfile whose build sleeps, on a line that no cache has. */
    function commitSlowBuild(seconds: number): void {
      const lines = [
        `FROM ${stage.baseImage} AS production`,
        `RUN echo ${crypto.randomUUID()} && sleep ${seconds}`,
        'CMD ["true"]',
      ]
      stage.repository.commit({ Dockerfile: `${lines.join('\n')}\n` })
    }

    const newestJob = async () => (await readJson<JobDetailView[]>(stage.settings, 'jobs', '--limit', '1'))[0]!

    /** Follows the build of a version as a user would; ready once Docker is at it. */
    async function startBuild(version: string, ...options: string[]) {
      const command = startCommand(stage.settings, [
        'build',
        stage.app,
        'production',
        `--version=${version}`,
        ...options,
      ])
      const job = await waitUntil(
        'the build to run',
        async () => {
          const newest = await newestJob().catch(() => undefined)
          const isThis = newest?.request.kind === 'build' && newest.request.version === version
          return isThis && newest.state === 'running' ? newest : undefined
        },
        buildStarts,
      )
      const isBuilding = async () => (await runCommand(stage.settings, 'logs', job.id)).stdout.includes('RUN echo')
      await waitUntil('Docker to build', isBuilding, buildStarts)
      return { ...command, id: job.id }
    }

    const listTags = async () => (await openTestDocker().listImages()).flatMap((image) => image.RepoTags ?? [])

    test('cancel ends a running build within seconds and leaves no tag', async () => {
      commitSlowBuild(300)
      const build = await startBuild('cancelled')
      const startedAt = Date.now()
      await succeed(runCommand(stage.settings, 'cancel', build.id))
      expect(await build.ended).toMatchObject({ status: 1, stdout: expect.stringContaining('cancelled') })
      expect(Date.now() - startedAt).toBeLessThan(15_000)
      expect((await listTags()).filter((tag) => tag.startsWith(stage.registry))).toEqual([])
      expect(await readJson<ImageView[]>(stage.settings, 'images', stage.app)).toEqual([])
    })

    test('Ctrl-C leaves the job running, or cancels it where that was asked for', async () => {
      commitSlowBuild(300)
      const left = await startBuild('left')
      left.interrupt()
      expect(await left.ended).toMatchObject({
        status: 130,
        stderr: expect.stringContaining(`stevedore watch ${left.id}`),
      })
      expect((await newestJob()).state).toBe('running')
      await runCommand(stage.settings, 'cancel', left.id)

      const taken = await startBuild('taken', '--cancel-on-interrupt')
      taken.interrupt()
      expect(await taken.ended).toMatchObject({ status: 130, stderr: expect.stringContaining('cancelled') })
      expect((await newestJob()).state).toBe('cancelled')
    })

    test('a server that is killed and started again costs its watcher nothing, and the job runs on', async () => {
      commitSlowBuild(8)
      const build = await startBuild('survivor')
      await stage.server.kill()
      await stage.server.restart()
      const ended = await build.ended
      expect(ended).toMatchObject({ status: 0, stdout: expect.stringContaining('succeeded') })
      expect(ended.stdout).toContain('the worker was lost; another one takes over')
      const started = ended.stdout.split('\n').filter((line) => /\d started/.test(line))
      expect(started, 'each event is shown once').toHaveLength(2)
    })

    test('--json is one document, watch --json a line an event', async () => {
      const [job] = await readJson<JobDetailView[]>(stage.settings, 'jobs', '--state', 'succeeded')
      const { stdout } = await runCommand(stage.settings, 'watch', job!.id, '--json')
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { seq: number; type: string })
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
      expect(events.at(-1)?.type).toBe('job.succeeded')
    })
  },
)
