import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { openJob } from '@stevedore/engine/conformance'
import { countFailed, curlComponent, type LoadReport, socatComponent } from '@stevedore/testkit'
import { watchProcess } from '../../harness/stevedore-process.ts'
import {
  openPlace,
  openStage,
  type PlaceHarness,
  type Stage,
  stageComponents,
} from '../../integration/engine-docker-deploy/stage.ts'
import { deploy } from '../../integration/engine-kubernetes/carry-out.ts'
import type { Bench, BenchOptions } from '../bench.ts'
import { measureMs, quantile, takeTurns } from '../measure.ts'
import type { Measurement } from '../table.ts'
import { openPlain } from './plain.ts'

const requestsPerSecond = 500

/** A rolling deploy of two replicas, by the engine and by a script; then the same deploys under load. */
export const dockerRolloutBench: Bench = {
  name: 'docker-rollout',
  title: 'a rolling deploy of two replicas on Docker, alone and under load',
  components: [...stageComponents, socatComponent, curlComponent],
  async run(options) {
    const stage = await openStage()
    try {
      return [...(await compareWithScript(stage, options)), ...(await measureUnderLoad(stage))]
    } finally {
      await stage.close()
    }
  },
}

async function compareWithScript(stage: Stage, { quick }: BenchOptions): Promise<Measurement[]> {
  const place = await openPlace(stage, { replicas: 2 })
  const plain = await openPlain(stage)
  try {
    await roll(place, 1)
    await plain.deploy(1)
    const { ours, theirs } = await takeTurns(quick ? 3 : 7, {
      ours: (turn) => measureMs(() => roll(place, turn + 2)),
      theirs: (turn) => measureMs(() => plain.deploy(turn + 2)),
    })
    const reference = { name: 'a script of docker and HAProxy commands', values: theirs }
    return [{ what: 'rolling deploy on Docker', unit: 'ms', ours, reference, goal: { atMostRatio: 1.05, plus: 500 } }]
  } finally {
    await plain.close()
  }
}

async function roll({ engine, makeRelease }: PlaceHarness, revision: number): Promise<void> {
  const next = makeRelease({ revision, behaviour: 'healthy' })
  const stable = revision > 1 ? { stable: makeRelease({ revision: revision - 1, behaviour: 'healthy' }) } : {}
  await deploy({ engine, next, ...stable }, openJob())
}

async function measureUnderLoad(stage: Stage): Promise<Measurement[]> {
  const measured: Measurement[] = []
  for (const strategy of ['rolling', 'blue-green', 'canary'] as const) {
    const place = await openPlace(stage, { replicas: 2, strategy })
    await roll(place, 1)
    const quiet = await underLoad(place, () => new Promise((resolve) => setTimeout(resolve, 5_000)))
    const switching = await underLoad(place, () => roll(place, 2))
    const reference = { name: 'without a switch', values: [quiet.p99Ms] }
    measured.push(
      {
        what: `failed requests in a ${strategy} deploy, ${requestsPerSecond}/s`,
        unit: `of ${switching.sent}`,
        ours: [switching.failed],
        goal: { atMost: 0 },
      },
      {
        what: `p99 in a ${strategy} deploy, ${requestsPerSecond}/s`,
        unit: 'ms',
        ours: [switching.p99Ms],
        reference,
        goal: { atMostRatio: 1, plus: 20 },
      },
    )
    await place.cleanup()
  }
  return measured
}

/** The load comes from a process of its own: it shall not wait for the engine that works. */
async function underLoad({ url, hostHeader }: PlaceHarness, work: () => Promise<unknown>) {
  const options = { url: `${url}/`, host: hostHeader, requestsPerSecond, keepAlive: true }
  const program = join(import.meta.dirname, 'load.ts')
  const child = watchProcess(
    spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  await child.waitForLine(/^under way/)
  await work()
  child.signal('SIGTERM')
  const report: LoadReport = JSON.parse((await child.waitForLine(/^done /)).slice('done '.length))
  await child.ended
  return { sent: report.sent, failed: countFailed(report), p99Ms: quantile(report.timesMs, 0.99) }
}
