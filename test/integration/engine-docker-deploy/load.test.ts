import { openContext } from '@stevedore/engine/conformance'
import { countFailed, lacks, startLoad } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, openStartWatch, type PlaceOptions, type Stage, stageComponents } from './stage.ts'

const requestsPerSecond = 500
const soon = () => AbortSignal.timeout(30_000)

async function awaitLines(lines: AsyncIterable<string>, pattern: RegExp, count: number): Promise<void> {
  let left = count
  for await (const line of lines) if (pattern.test(line) && --left === 0) return
  throw new Error(`${left} lines short of ${count} that match ${pattern}`)
}

describe.skipIf(lacks(...stageComponents))('under constant load', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  /** A place with revision 1 live, and requests to it until `stop`. */
  async function openLoaded(options: PlaceOptions, keepAlive: boolean) {
    const harness = await openPlace(stage, options)
    const { engine, place, makeRelease } = harness
    const { replicas } = place.settings
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), replicas, openContext())
    await engine.route(place, { 1: 100 }, openContext())
    const load = startLoad({ url: harness.url, host: harness.hostHeader, requestsPerSecond, keepAlive })
    return { ...harness, load, next: makeRelease({ revision: 2, behaviour: 'healthy' }) }
  }

  test.each([true, false])('a rolling switch fails no request (keep-alive: %s)', async (keepAlive) => {
    const { engine, place, next, load, cleanup } = await openLoaded({ replicas: 2 }, keepAlive)
    await engine.scaleUp(next, 1, openContext())
    await engine.route(place, { 1: 50, 2: 50 }, openContext())
    await engine.scaleDown(place, 1, 1, openContext())
    await engine.scaleUp(next, 2, openContext())
    await engine.route(place, { 2: 100 }, openContext())
    await engine.scaleDown(place, 1, 0, openContext())
    await engine.finalize(next, [], openContext())
    const report = await load.stop()
    await cleanup()
    expect(countFailed(report), report.failures.join('\n')).toBe(0)
    expect(report.sent).toBeGreaterThan(requestsPerSecond)
    expect(Object.keys(report.revisions)).toEqual(['1', '2'])
  })

  test('a reload for another place, a canary and its abort fail no request', async () => {
    const { engine, place, next, load, cleanup } = await openLoaded({ strategy: 'canary', by: 'port' }, true)
    const other = await openPlace(stage)
    await engine.scaleUp(other.makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    await engine.route(other.place, { 1: 100 }, openContext())
    await engine.scaleUp(next, 1, openContext())
    await engine.route(place, { 1: 90, 2: 10 }, openContext())
    await engine.remove(other.place, openContext())
    await engine.route(place, { 1: 100 }, openContext())
    await engine.scaleDown(place, 2, 0, openContext())
    const report = await load.stop()
    await Promise.all([cleanup(), other.cleanup()])
    expect(countFailed(report), report.failures.join('\n')).toBe(0)
  })

  test('a replica that dies under load fails no request and comes back at its address', async () => {
    const { engine, place, load, cleanup } = await openLoaded({ replicas: 2 }, true)
    const [victim] = (await engine.observe(place, soon())).replicas
    const container = stage.docker.getContainer(victim!.name)
    const before = await container.inspect()
    const address = before.NetworkSettings.Networks[stage.name]?.IPAddress
    const awaitStart = await openStartWatch(stage.docker, before.Id)
    // It ends in the middle of its answer.
    await fetch(`http://${address}:8080/exit`).catch(() => {})
    await awaitStart()
    const patient = AbortSignal.timeout(120_000)
    await awaitLines(engine.logs(place, { follow: true, tailLines: 50 }, patient), /^r1-1 \| .* listens$/, 2)
    expect((await engine.observe(place, soon())).replicas).toMatchObject([{ healthy: true }, { healthy: true }])
    expect((await container.inspect()).RestartCount).toBe(1)
    const after = await container.inspect()
    const report = await load.stop()
    await cleanup()
    expect(countFailed(report), report.failures.join('\n')).toBe(0)
    expect(after.NetworkSettings.Networks[stage.name]?.IPAddress).toBe(address)
  })

  test.each([
    [{ 1: 90, 2: 10 }, 1, 1],
    [{ 1: 75, 2: 25 }, 1, 3],
  ])('10,000 requests are shared as %o at %i and %i replicas', async (weights, old, fresh) => {
    // A replica that a starved machine makes miss its checks has no share, rightly; here all must have theirs.
    const health = { path: '/health', interval: '1s', timeout: '10s', threshold: 1 }
    const harness = await openPlace(stage, { strategy: 'canary', settings: { health } })
    const { engine, place, makeRelease } = harness
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), old, openContext())
    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), fresh, openContext())
    await engine.route(place, weights, openContext())
    const load = startLoad({ url: harness.url, host: harness.hostHeader, requestsPerSecond: 1_000, keepAlive: true })
    await load.reach(10_000)
    const { revisions, sent } = await load.stop()
    const sample = await engine.sample(place, 2, AbortSignal.timeout(30_000))
    await harness.cleanup()
    const percent = (100 * (revisions[2] ?? 0)) / sent
    expect(Math.abs(percent - weights[2])).toBeLessThan(2)
    expect(sample).toMatchObject({ requests: revisions[2], errors: 0 })
    expect(sample?.latencyMs).toBeGreaterThanOrEqual(0)
  })
})
