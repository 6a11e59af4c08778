import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Release } from '@stevedore/engine'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carryOut, deploy, plan } from './carry-out.ts'
import { expectNoneFailed, startSharedLoad } from './load.ts'
import { openPlace } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

const canary = { type: 'canary', steps: [{ setWeight: 50 }] }
const blueGreen = { type: 'blue-green', scaleDownDelay: '0s' }

/** Where the worker is killed: as it says this line for the nth time. Together they lie in every stretch of each strategy. */
const points: { strategy: unknown; line: string; nth: number }[] = [
  { strategy: 'rolling', line: 'fence', nth: 1 },
  { strategy: 'rolling', line: 'replica.started', nth: 1 },
  { strategy: blueGreen, line: 'fence', nth: 2 },
  { strategy: blueGreen, line: 'traffic.shifted', nth: 1 },
  { strategy: blueGreen, line: 'fence', nth: 6 },
  { strategy: canary, line: 'traffic.shifted', nth: 1 },
  { strategy: canary, line: 'fence', nth: 8 },
]

describe.skipIf(lacks(...stageComponents))('a worker killed in the middle', { timeout: 240_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  test.for(points)(
    '$strategy, at $line $nth: another goes on from what it observes',
    async ({ strategy, line, nth }) => {
      const { engine, place, makeRelease, request, cleanup } = openPlace(stage, { strategy, replicas: 2 })
      const [stable, next] = [1, 2].map((revision) => makeRelease({ revision, behaviour: 'healthy' })) as [
        Release,
        Release,
      ]
      await deploy({ engine, next: stable })
      const actions = await plan({ engine, next, stable })
      const load = startSharedLoad(request)
      const killed = await killAt(stage, { next, stable }, line, nth)
      expect(killed.signal).toBe('SIGKILL')
      // The ledger keeps which actions have ended: a successor begins with the one that had not.
      await carryOut({ engine, next, stable }, actions.slice(killed.action))
      await expectNoneFailed(load)
      const seen = await engine.observe(place, AbortSignal.timeout(30_000))
      expect(seen.traffic).toEqual({ 2: 100 })
      expect(seen.replicas.map(({ revision, healthy }) => [revision, healthy])).toEqual([
        [2, true],
        [2, true],
      ])
      const left = await stage.kubectl(['get', 'deployments', '-l', `stevedore.io/app=${place.app}`, '-o', 'name'])
      expect(left.trim()).toBe(`deployment.apps/${place.app}`)
      await cleanup()
    },
  )
})

/** Starts a worker and kills it at a line of its; gives how it ended and the action that it was at. */
async function killAt(stage: Stage, releases: { next: Release; stable: Release }, line: string, nth: number) {
  const worker = spawn(process.execPath, [new URL('worker-process.ts', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(worker, 'exit')
  worker.stdin.end(JSON.stringify({ kubeconfig: stage.kubeconfig, ...releases }))
  let [seen, action] = [0, 0]
  for await (const said of createInterface({ input: worker.stdout })) {
    if (said.startsWith('action ')) action = Number(said.slice('action '.length))
    if (said === line && ++seen === nth) worker.kill('SIGKILL')
  }
  const [, signal] = await ended
  return { signal, action }
}
