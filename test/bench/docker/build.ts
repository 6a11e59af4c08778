import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobDetailView } from '@stevedore/contract'
import { busyboxComponent, dockerComponent, registryComponent } from '@stevedore/testkit'
import { execa } from 'execa'
import { release, writeSpec } from '../../../scripts/demo/example-app.ts'
import { type Stage, setStage } from '../../../scripts/demo/stage.ts'
import { readJson, runCommand, succeed } from '../../e2e/command.ts'
import type { Bench } from '../bench.ts'
import { measureMs, takeTurns } from '../measure.ts'
import type { Measurement } from '../table.ts'
import { findDocker } from './find-docker.ts'

const target = 'production'
const version = '1.0.0'
const goal = { atMostRatio: 1.02, plus: 300 }

/** The same commit of the example by the same engine's BuildKit, into the same registry: by a job, and by three commands. */
export const dockerBuildBench: Bench = {
  name: 'docker-build',
  title: 'building and pushing an image, every step anew and all of them known',
  components: [dockerComponent, busyboxComponent, registryComponent],
  async run({ quick }) {
    const stage = await setStage()
    try {
      await prepare(stage)
      const docker = await findDocker(stage.repository.dir)
      return await compare(stage, docker, quick ? 3 : 7)
    } finally {
      await stage.clear()
    }
  },
}

async function prepare(stage: Stage): Promise<void> {
  await succeed(runCommand(stage.settings, 'apply', '-f', await writeSpec(stage)))
  await release(stage, version)
}

async function compare(stage: Stage, docker: string, turns: number): Promise<Measurement[]> {
  const measured: Measurement[] = []
  for (const [what, anew] of [
    ['every step anew', true],
    ['all steps known', false],
  ] as const) {
    const { ours, theirs } = await takeTurns(turns, {
      ours: () => runJob(stage, anew),
      theirs: () => measureMs(() => runDocker(stage, docker, anew)),
    })
    const reference = { name: 'git clone, docker build, docker push', values: theirs }
    measured.push({ what: `build and push, ${what}`, unit: 'ms', ours, reference, goal })
  }
  return measured
}

/** @returns what the job took at its worker, with the clone of the repository */
async function runJob({ settings, app }: Stage, anew: boolean): Promise<number> {
  const more = anew ? ['--no-cache'] : []
  await succeed(runCommand(settings, 'build', app, target, `--version=${version}`, '--push', ...more))
  const [job] = await readJson<JobDetailView[]>(settings, 'jobs', '--app', app)
  return Date.parse(job!.finishedAt!) - Date.parse(job!.startedAt!)
}

async function runDocker({ registry, repository, app, dir }: Stage, docker: string, anew: boolean): Promise<void> {
  const tag = `${registry}/stevedore/bench:${app}`
  const folder = await mkdtemp(join(dir, 'clone-'))
  await execa('git', ['clone', '--quiet', '--depth', '1', repository.url, folder])
  await execa(docker, ['build', '--target', target, '--tag', tag, ...(anew ? ['--no-cache'] : []), folder], buildKit)
  await execa(docker, ['push', tag])
}

const buildKit = { env: { DOCKER_BUILDKIT: '1' } }
