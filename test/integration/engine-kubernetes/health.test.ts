import type { Release } from '@stevedore/engine'
import { openJob } from '@stevedore/engine/conformance'
import { lacks, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectServed, openPlace } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

const soon = () => AbortSignal.timeout(60_000)
/** Six questions of a kubelet, on a busy machine. */
const patient = { timeoutMs: 60_000 }
const health = { path: '/health', interval: '1s', steadyInterval: '4s', timeout: '1s', threshold: 1 }

describe.skipIf(lacks(...stageComponents))('the health of what runs on Kubernetes', { timeout: 180_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  function open(settings: object = {}) {
    const harness = openPlace(stage, { settings: { health, ...settings } })
    const release = (env: object, more: object = {}) => {
      const made = harness.makeRelease({ revision: 1, behaviour: 'healthy' })
      return { ...made, settings: { ...made.settings, env: { REVISION: '1', ...env }, ...more } } as Release
    }
    return { ...harness, release, observe: () => stage.engine.observe(harness.place, soon()) }
  }

  async function openLive() {
    const harness = open()
    await stage.engine.roll(harness.release({}), openJob())
    const [replica] = (await harness.observe()).replicas
    const pod = replica!.name
    // A pod that is out of the Service answers there alone.
    const ask = (path: string) =>
      stage.kubectl(['get', '--raw', `/api/v1/namespaces/${stage.namespace}/pods/${pod}:8080/proxy${path}`])
    const countRestarts = () =>
      stage.kubectl(['get', `pod/${pod}`, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}'])
    return { ...harness, pod, ask, countRestarts }
  }

  test.each([
    [429, 'has too much to do'],
    [0, 'hangs'],
  ])(
    'an app whose health path answers %i (it %s) stays for a while, is then out and told, runs on, and comes back',
    async (status) => {
      const { request, observe, pod, ask, countRestarts } = await openLive()
      await ask(`/turn?health=${status}`)
      const { address } = await observe()
      const countAsked = async () => Number(await (await fetch(`${address}/asked`)).text())
      await waitUntil('the kubelet to have asked often', async () => (await countAsked()) > 3, patient)
      await expectServed(request, 1)
      expect((await observe()).replicas).toMatchObject([{ name: pod, healthy: true }])
      await waitUntil('the pod to be out', async () => Object.keys((await observe()).traffic).length === 0, patient)
      expect((await observe()).replicas).toMatchObject([
        { name: pod, healthy: false, state: 'Running', reason: 'its probe does not succeed any more' },
      ])
      await ask('/turn?health=200')
      await waitUntil('the pod to be back', async () => (await observe()).traffic[1] === 100, patient)
      // A node follows the endpoints a moment later.
      const isServed = () =>
        request('/').then(
          ({ status: answered }) => answered === 200,
          () => false,
        )
      await waitUntil('the Service to lead there again', isServed)
      expect(await countRestarts()).toBe('0')
    },
  )

  test.each(['hints', 'https-only'])('what is alive by %s passes a deploy’s gate', async (BEHAVIOUR) => {
    const { release, observe } = open()
    await stage.engine.roll(release({ BEHAVIOUR }), openJob())
    expect((await observe()).replicas).toMatchObject([{ healthy: true }])
  })

  test('429 does not pass a deploy’s gate', async () => {
    const { release } = open({ health: { ...health, deadline: '8s' } })
    await expect(stage.engine.roll(release({ BEHAVIOUR: 'busy' }), openJob())).rejects.toMatchObject({
      code: 'never-healthy',
      diagnosis: expect.stringContaining('/health answers 429'),
    })
  })

  test('an app whose image EXPOSEs the port has to listen there, and one whose image says nothing has not', async () => {
    const { release } = open({ health: { deadline: '8s' } })
    await stage.engine.roll(release({ PORT: '9000' }), openJob())
    const listening = release({ PORT: '9000' }, { fromImage: { port: 8080 } })
    await expect(stage.engine.roll({ ...listening, revision: 2 }, openJob())).rejects.toMatchObject({
      code: 'never-healthy',
      diagnosis: expect.stringContaining('its image EXPOSEs 8080'),
    })
  })
})
