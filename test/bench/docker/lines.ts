import type { JobDetailView } from '@stevedore/contract'
import {
  busyboxComponent,
  createRepository,
  ensureBaseImage,
  gitComponent,
  type SecondDocker,
  sampleSpec,
  secondDockerComponent,
  startSecondDocker,
} from '@stevedore/testkit'
import { execa } from 'execa'
import { type StevedoreProcess, startStevedoreProcess } from '../../harness/stevedore-process.ts'
import type { Bench } from '../bench.ts'
import { measureMs, readMemoryMiB, takeTurns } from '../measure.ts'
import { openBackends, type Product, startProduct } from '../product.ts'
import type { Measurement } from '../table.ts'
import { findDocker } from './find-docker.ts'

const app = 'talker'
const followers = 3
/** The client of version 20.10 takes a time that grows with the square of the lines of one step: minutes for 100,000. */
const linesOfStep = 10_000
/** As the install guide has it: BuildKit itself leaves out what a step says faster than 200 KiB/s, unless its daemon is told otherwise. */
const unclipped = { BUILDKIT_STEP_LOG_MAX_SIZE: '134217728', BUILDKIT_STEP_LOG_MAX_SPEED: '134217728' }

/** What one job gave, and the memory of its processes on the way. */
interface Told {
  wallMs: number
  linesPerS: number
  /** Lines of the step that a follower did not get: the worst of them. */
  missing: number
  earlyMiB: number
  lateMiB: number
}

interface Stage {
  engine: SecondDocker
  docker: string
  product: Product
  worker: StevedoreProcess
  folder: string
  count: number
}

/** A build that prints as fast as it can, and three who follow it, beside the same build with nobody else. */
export const buildLinesBench: Bench = {
  name: 'build-lines',
  title: 'a build that prints a million lines, with three followers',
  components: [secondDockerComponent, gitComponent, busyboxComponent],
  async run({ quick }) {
    const count = quick ? 100_000 : 1_000_000
    const backends = await openBackends()
    const engine = await startSecondDocker('10.216.0.1/24', { env: unclipped })
    let product: Product | undefined
    let worker: StevedoreProcess | undefined
    try {
      await ensureBaseImage(engine.docker)
      const settings = { DOCKER_HOST: engine.host, STEVEDORE_BUILDER: 'engine', ALLOW_FILE_SOURCES: 'true' }
      const limit = { MAX_LOG_BYTES: String(2 ** 28) }
      product = await startProduct(await backends.createDatabase('ours'), { ...settings, ...limit })
      const folder = await declareTalker(product, count)
      worker = startStevedoreProcess(['worker'], { ...product.env, WORKER_KINDS: 'build' })
      await worker.waitForLine(/"working"/)
      const docker = await findDocker(folder, { DOCKER_HOST: engine.host })
      return await compare({ engine, docker, product, worker, folder, count }, quick ? 2 : 3)
    } finally {
      worker?.signal('SIGTERM')
      await worker?.ended
      await product?.close()
      await engine.stop()
      await backends.close()
    }
  },
}

/** @returns the folder of its source */
async function declareTalker({ api }: Product, count: number): Promise<string> {
  const repository = createRepository()
  const steps = Array.from({ length: count / linesOfStep }, (_, n) => {
    // A sign that the file itself does not hold, since a build tells its steps: one for each line that was printed.
    const line = `step ${n}: compiled, and nothing to say of it \\176`
    return `RUN yes "$(printf '${line}')" | head -n ${linesOfStep}\n`
  })
  const Dockerfile = `FROM stevedore/busybox:local AS base\nFROM base AS production\n${steps.join('')}`
  repository.commit({ Dockerfile })
  const { build } = sampleSpec(app)
  const spec = { app, source: { git: repository.url }, build, image: { name: app }, environments: {} }
  const answer = await api.call('PUT', `/v1/apps/${app}`, { body: spec })
  if (answer.status >= 300) throw new Error(`the app was not taken: ${answer.text}`)
  return repository.dir
}

async function compare(stage: Stage, turns: number): Promise<Measurement[]> {
  const { docker, engine, folder, count } = stage
  const env = { DOCKER_BUILDKIT: '1', DOCKER_HOST: engine.host }
  const plain = ['build', '--no-cache', '--progress', 'plain', folder]
  const told: Told[] = []
  const { theirs } = await takeTurns(turns, {
    ours: async () => told.push(await follow(stage)),
    theirs: () => measureMs(() => execa(docker, plain, { env, stdio: 'ignore' })),
  })
  const of = (key: keyof Told) => told.map((one) => one[key])
  const name = `${count} lines, ${followers} followers`
  return [
    {
      ...{ what: `${name}, the build`, unit: 'ms', ours: of('wallMs'), goal: { atMostRatio: 1.1 } },
      reference: { name: 'docker build', values: theirs },
    },
    { what: `${name}, written and told`, unit: 'lines/s', ours: of('linesPerS'), goal: { atLeast: 50_000 } },
    { what: `${name}, lines that one of them misses`, unit: '', ours: of('missing'), goal: { atMost: 0 } },
    {
      ...{ what: `${name}, memory of worker and API`, unit: 'MiB', ours: of('lateMiB') },
      reference: { name: 'after a fifth of the lines', values: of('earlyMiB') },
      goal: { atMostRatio: 1.1, plus: 32 },
    },
  ]
}

/** Asks for a build and reads its log, as often as there are followers, to its end. */
async function follow({ product, worker, count }: Stage): Promise<Told> {
  const { api } = product
  const request = { kind: 'build', app, version: '1.0.0', noCache: true }
  const { body, status, text } = await api.call('POST', '/v1/jobs', { body: request })
  if (status >= 300) throw new Error(`the build was not taken: ${text}`)
  const pids = [worker.pid, api.pid]
  const seen = { earlyMiB: 0, lateMiB: 0 }
  let lookedAt = 0
  const since = performance.now()
  const counts = await Promise.all(
    Array.from({ length: followers }, (_, n) =>
      countLines(product, body.id, async (lines) => {
        if (n > 0 || lines - lookedAt < count / 20) return
        lookedAt = lines
        const key = lines < count / 5 ? 'earlyMiB' : 'lateMiB'
        seen[key] = Math.max(seen[key], await readMemoryMiB(pids))
      }),
    ),
  )
  const tookMs = performance.now() - since
  const { body: job } = (await api.call('GET', `/v1/jobs/${body.id}`)) as { body: JobDetailView }
  if (job.state !== 'succeeded') throw new Error(`the build ended as ${job.state}: ${job.error?.message}`)
  const wallMs = Date.parse(job.finishedAt!) - Date.parse(job.startedAt!)
  const missing = Math.max(...counts.map((lines) => count - lines))
  return { wallMs, linesPerS: (count * 1_000) / tookMs, missing, ...seen }
}

const sign = '~'.charCodeAt(0)

/** @returns how many of the lines came */
async function countLines(
  { api, token }: Product,
  id: string,
  look: (lines: number) => Promise<void>,
): Promise<number> {
  const response = await fetch(`${api.address}/v1/jobs/${id}/logs?follow=true`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (!response.ok || !response.body) throw new Error(`the log is refused: ${response.status}`)
  let lines = 0
  for await (const piece of response.body) {
    for (const byte of piece) if (byte === sign) lines += 1
    await look(lines)
  }
  return lines
}
