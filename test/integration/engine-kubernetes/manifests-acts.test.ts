import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyScale, type Scale } from '@stevedore/contract'
import type { Release } from '@stevedore/engine'
import { openContext, openJob } from '@stevedore/engine/conformance'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FrontAnswer, startApiFront } from './api-front.ts'
import { describeClaim, describeCron, describeServing, describeWorker, mounting } from './beside-objects.ts'
import { carryOut, deploy, plan, planReturn } from './carry-out.ts'
import { expectNoneFailed, startSharedLoad } from './load.ts'
import { expectServed, openPlace, type PlaceOptions } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'
import { makeVolume } from './storage.ts'

const calm = () => AbortSignal.timeout(30_000)

describe.skipIf(lacks(...stageComponents))('restart and scale of what manifests brought', { timeout: 240_000 }, () => {
  let stage: Stage
  let sourceDir: string
  const folders: string[] = []
  beforeAll(async () => {
    stage = await openStage()
    sourceDir = await mkdtemp(join(tmpdir(), 'stevedore-source-'))
    await mkdir(join(sourceDir, 'k8s'))
  })
  afterAll(async () => {
    for (const dir of [...folders, sourceDir]) await rm(dir, { recursive: true, force: true })
    await stage?.close()
  })

  function open(options: PlaceOptions = {}) {
    const harness = openPlace(stage, { ...options, settings: { manifests: 'k8s', drain: '0s', ...options.settings } })
    const { app } = harness.place
    const release = (revision: number): Release => harness.makeRelease({ revision, behaviour: 'healthy' })
    const observe = (scale?: Scale) => {
      const settings = applyScale(harness.place.settings, scale)
      return stage.engine.observe({ ...harness.place, settings, ...(scale && { scale }) }, calm())
    }
    return {
      ...harness,
      app,
      release,
      observe,
      withSource: (revision: number): Release => ({ ...release(revision), sourceDir }),
      podsOf: async (process?: string) =>
        (await observe()).replicas.filter((one) => one.process === process).map(({ name }) => name),
      get: async (name: string) => JSON.parse(await stage.kubectl(['get', name, '-o', 'json'])),
      judge: (counts: Scale) => stage.engine.judgeCounts?.(harness.place, counts, calm()),
    }
  }

  const write = (...items: object[]) =>
    writeFile(join(sourceDir, 'k8s', 'app.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const slow = { preStop: { exec: { command: ['sleep', '15'] } } }
  /** What a spec names goes before what the manifests say: pods that may take no longer to leave are killed within their hook. */
  const leaving = { drain: '20s' }
  /** What a busy node's proxy still sends to a leaving pod is answered. */
  const describeSlow = (app: string, more: object = {}) => {
    const text = JSON.stringify(describeServing(app)).replace('"lifecycle":{}', `"lifecycle":${JSON.stringify(slow)}`)
    const [deployment, ...others] = JSON.parse(text)
    return [{ ...deployment, spec: { ...deployment.spec, ...more } }, ...others]
  }

  test('all of it is made anew from what the cluster remembers, no request fails, and either revision is returned to', async () => {
    const { app, place, release, withSource, observe, podsOf, get, request } = open({ replicas: 2, settings: leaving })
    await write(...describeSlow(app), describeWorker(app), describeCron(app))
    await deploy({ engine: stage.engine, next: withSource(1) })
    await expectServed(request, 1)
    const before = [...(await podsOf()), ...(await podsOf(`${app}-worker`))]
    // The source has gone on.
    await write(...describeSlow(app))
    const load = startSharedLoad(request)
    const again: Release = { ...release(1), revision: 2, again: 1 }
    const context = openJob()
    await deploy({ engine: stage.engine, next: again, stable: release(1) }, context)
    await expectNoneFailed(load)
    const after = [...(await podsOf()), ...(await podsOf(`${app}-worker`))]
    expect(after).toHaveLength(3)
    expect(after.filter((name) => before.includes(name))).toEqual([])
    expect((await observe()).drift).toEqual([])
    const kept = await Promise.all([1, 2].map((one) => get(`configmap/${app}-manifests-r${one}`)))
    expect(kept.map(({ metadata }) => metadata.ownerReferences?.length)).toEqual([1, 1])
    expect((await get(`cronjob/${app}-report`)).metadata.labels['stevedore.io/revision']).toBe('2')

    await deploy({ engine: stage.engine, next: withSource(3), stable: again })
    expect((await observe()).drift).toEqual([])
    for (const revision of [2, 1]) {
      await deploy({ engine: stage.engine, next: { ...release(1), revision }, stable: withSource(3) })
      expect((await observe()).drift).toEqual([])
      expect(await podsOf(`${app}-worker`)).toHaveLength(1)
    }
    await stage.kubectl(['delete', 'configmap', `${app}-manifests-r1`])
    const refused = await stage.engine
      .prepare({ ...release(1), revision: 4, again: 1 }, openJob())
      .catch((error) => error)
    expect(refused).toMatchObject({
      code: 'needs-attention',
      diagnosis: expect.stringContaining(`${app}-manifests-r1, which keeps`),
    })
    await stage.engine.remove(place, openJob())
  })

  test('a restart that fails leaves pods of the template that ran, and the next deploy leaves alone what stays the same', async () => {
    const { app, place, release, withSource, observe, podsOf } = open()
    await write(...describeServing(app), describeWorker(app))
    await deploy({ engine: stage.engine, next: withSource(1) })
    const jobId = randomUUID()
    const again: Release = { ...release(1), revision: 2, again: 1 }
    const rollout = { engine: stage.engine, next: again, stable: release(1) }
    const actions = await plan(rollout)
    const rolled = actions.findIndex(({ do: what }) => what === 'roll-processes')
    const worker = await podsOf(`${app}-worker`)
    const setsOf = (pods: string[]) => pods.map((pod) => pod.slice(0, pod.lastIndexOf('-')))
    await carryOut(rollout, actions.slice(0, rolled), openContext({ jobId }))
    await stage.kubectl(['create', 'quota', 'full', '--hard=pods=0'])
    const failed = await carryOut(rollout, actions.slice(rolled), openContext({ jobId })).catch((error) => error)
    expect(failed.code).toBe('quota-exceeded')
    await stage.kubectl(['delete', 'quota', 'full'])
    // From now on the cluster may have made the pod of the restart, and another of the former template after it.
    await carryOut(rollout, planReturn(rollout), openContext({ jobId }))
    const returned = await podsOf(`${app}-worker`)
    expect(setsOf(returned)).toEqual(setsOf(worker))
    expect((await observe()).drift).toEqual([])

    const last: Release = { ...again, revision: 3 }
    await deploy({ engine: stage.engine, next: last, stable: release(1) })
    const made = await podsOf(`${app}-worker`)
    expect(setsOf(made)).not.toEqual(setsOf(worker))
    // The same manifests: the worker's template is that of before.
    const next: Release = { ...withSource(1), revision: 4 }
    await deploy({ engine: stage.engine, next, stable: last })
    expect(await podsOf(`${app}-worker`)).toEqual(made)
    await stage.engine.remove(place, openJob())
  })

  test('one alone is restarted by its name, web without a failed request, and the revision keeps its memory', async () => {
    const { app, place, release, withSource, observe, podsOf, get, request } = open({
      settings: { ...leaving, secrets: ['KEY'] },
    })
    const secrets = { KEY: 'one' }
    const first = { ...withSource(1), secrets }
    await write(...describeSlow(app, { revisionHistoryLimit: 0 }), describeWorker(app), describeCron(app))
    await deploy({ engine: stage.engine, next: first })
    await expectServed(request, 1)
    const own = { ...release(1), secrets }
    const worker = await podsOf(`${app}-worker`)
    await stage.engine.restartProcess(own, `${app}-worker`, openJob())
    expect(await podsOf(`${app}-worker`)).not.toEqual(worker)
    const web = await podsOf()
    const load = startSharedLoad(request)
    await stage.engine.restartProcess(own, 'web', openJob())
    await expectNoneFailed(load)
    expect(await podsOf()).not.toEqual(web)
    expect((await observe()).drift).toEqual([])
    const sets = JSON.parse(await stage.kubectl(['get', 'replicasets', '-l', `stevedore.io/app=${app}`, '-o', 'json']))
    const { ownerReferences } = (await get(`configmap/${app}-manifests-r1`)).metadata
    const present = new Set(sets.items.map((one: { metadata: { uid: string } }) => one.metadata.uid))
    expect(ownerReferences.some(({ uid }: { uid: string }) => present.has(uid))).toBe(true)
    const refusal = async (name: string) => {
      const error = await stage.engine.restartProcess(own, name, openJob()).catch((failure) => failure)
      return `${error.code}: ${error.diagnosis}`
    }
    expect(await refusal('wroker')).toBe(
      `policy-violation: what runs has no Deployment wroker; it has web, ${app}-worker`,
    )
    expect(await refusal(`${app}-report`)).toBe(
      `policy-violation: ${app}-report is a CronJob, whose pods come and go by its schedule`,
    )
    expect(await refusal(app)).toBe(`policy-violation: ${app} is the Deployment that serves: call it web`)
    await stage.engine.remove(place, openJob())
  })

  test('a revision whose web was restarted is returned to after others', async () => {
    const { app, place, release, withSource, observe, podsOf } = open()
    await write(...describeServing(app), describeWorker(app))
    await deploy({ engine: stage.engine, next: withSource(1) })
    await deploy({ engine: stage.engine, next: withSource(2), stable: release(1) })
    for (let times = 0; times < 2; times++) await stage.engine.restartProcess(release(2), 'web', openJob())
    await deploy({ engine: stage.engine, next: release(1), stable: release(2) })
    // The older of its ReplicaSets go first.
    const labels = `stevedore.io/app=${app},stevedore.io/revision=2`
    const sets = JSON.parse(await stage.kubectl(['get', 'replicasets', '-l', labels, '-o', 'json'])).items as {
      metadata: { name: string; creationTimestamp: string }
      spec: { template: { metadata: { annotations?: Record<string, string> } } }
    }[]
    expect(sets).toHaveLength(3)
    const [oldest] = sets.filter(({ spec }) => spec.template.metadata.annotations === undefined)
    await stage.kubectl(['delete', 'replicaset', oldest!.metadata.name])
    await deploy({ engine: stage.engine, next: release(2), stable: release(1) })
    expect((await observe()).drift).toEqual([])
    expect(await podsOf(`${app}-worker`)).toHaveLength(1)
    await stage.engine.remove(place, openJob())
  })

  test('is scaled by its name, which is no drift, and refused with the reason where something else sizes it', async () => {
    const { app, place, release, withSource, observe, podsOf, judge, get } = open()
    folders.push(await makeVolume(stage, `${app}-files`))
    const disk = JSON.parse(JSON.stringify(describeWorker(app)).replaceAll(`${app}-worker`, `${app}-disk`))
    Object.assign(disk.spec, { strategy: { type: 'Recreate' } })
    Object.assign(disk.spec.template.spec, mounting(app))
    const sized = JSON.parse(JSON.stringify(describeWorker(app)).replaceAll(`${app}-worker`, `${app}-sized`))
    const autoscaler = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: `${app}-load` },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `${app}-sized` }, maxReplicas: 2 },
    }
    const all = [...describeServing(app), describeWorker(app), disk, describeClaim(app), sized, autoscaler]
    await write(...all, describeCron(app))
    await deploy({ engine: stage.engine, next: withSource(1) })
    await stage.kubectl(['patch', `cronjob/${app}-report`, '--type=merge', '-p', '{"spec":{"suspend":true}}'])
    const { uid } = (await get(`deployment/${app}-worker`)).metadata
    const before = await podsOf(`${app}-worker`)
    const [onDisk] = await podsOf(`${app}-disk`)

    expect(await judge({ web: 2, [`${app}-worker`]: 3, [`${app}-disk`]: 1 })).toEqual([])
    expect(await judge({ [`${app}-disk`]: 2, [`${app}-sized`]: 2, [`${app}-report`]: 1, workr: 1 })).toEqual([
      `${app}-disk has one replica at most: its claim ${app}-files is of one node`,
      `HorizontalPodAutoscaler ${app}-load chooses how many replicas ${app}-sized has: change that one`,
      `${app}-report is a CronJob, whose pods come and go by its schedule`,
      `what runs has no Deployment workr; it has web, ${app}-disk, ${app}-sized, ${app}-worker`,
    ])

    const scale = { [`${app}-worker`]: 3 }
    const scaled = { ...release(1), scale }
    await stage.engine.rollProcesses(scaled, openJob())
    expect((await podsOf(`${app}-worker`)).filter((name) => before.includes(name))).toEqual(before)
    expect(await podsOf(`${app}-worker`)).toHaveLength(3)
    expect((await get(`deployment/${app}-worker`)).metadata.uid).toBe(uid)
    expect(await podsOf(`${app}-disk`)).toEqual([onDisk])
    expect((await get(`cronjob/${app}-report`)).spec.suspend).toBe(true)
    expect((await observe(scale)).drift).toEqual([])
    expect((await observe(scale)).beside).toBe(5)
    expect((await observe()).drift.map(({ field, found }) => [field, found])).toEqual([
      [`Deployment ${app}-worker spec.replicas`, '3'],
    ])

    // A restart keeps the counts, and stops what has a disk alone before the next.
    const again: Release = { ...scaled, revision: 2, again: 1 }
    await deploy({ engine: stage.engine, next: again, stable: scaled })
    expect(await podsOf(`${app}-worker`)).toHaveLength(3)
    expect(await podsOf(`${app}-disk`)).not.toContain(onDisk)
    expect((await observe(scale)).drift).toEqual([])
    const none = { [`${app}-worker`]: 0 }
    await stage.engine.rollProcesses({ ...again, scale: none }, openJob())
    expect(await podsOf(`${app}-worker`)).toEqual([])
    expect((await observe(none)).drift).toEqual([])
    const idle = await stage.engine.restartProcess(again, `${app}-worker`, openJob()).catch((error) => error)
    expect(idle.diagnosis).toBe(`${app}-worker has no replica: \`stevedore scale\` gives it some`)

    await deploy({ engine: stage.engine, next: withSource(3), stable: { ...again, scale: none } })
    expect(await podsOf(`${app}-worker`)).toHaveLength(1)
    expect((await observe()).drift).toEqual([])
    await stage.engine.remove(place, openJob(), { withData: true })
  })

  test('neither an API that fails every third time nor a repeat of each action changes what comes of it', async () => {
    const { app, place, release, withSource, observe, podsOf } = open()
    await write(...describeServing(app), describeWorker(app), describeCron(app))
    await deploy({ engine: stage.engine, next: withSource(1) })
    let count = 0
    const body = { kind: 'Status', code: 503, reason: 'ServiceUnavailable', message: 'injected' }
    const faults: FrontAnswer[] = ['cut', { status: 503, body, headers: {} }]
    const front = await startApiFront(stage, () => (++count % 3 === 0 ? faults[count % 2] : undefined))
    const engine = createKubernetesDeployEngine({ kubeconfig: front.kubeconfig })
    const twice = async (jobId: string, act: (context: ReturnType<typeof openContext>) => Promise<void>) => {
      for (let times = 0; times < 2; times++) await act(openContext({ jobId }))
    }
    try {
      const rollout = { engine, next: { ...release(1), revision: 2, again: 1 }, stable: release(1) }
      const jobId = randomUUID()
      for (const action of await plan(rollout)) await twice(jobId, (context) => carryOut(rollout, [action], context))
      expect((await observe()).drift).toEqual([])

      const scale = { [`${app}-worker`]: 2 }
      expect(await engine.judgeCounts?.(place, { ...scale, [`${app}-report`]: 2 }, calm())).toHaveLength(1)
      const scaled: Release = { ...release(1), revision: 2, scale }
      await twice(randomUUID(), (context) => engine.rollProcesses(scaled, context))
      const before = await podsOf(`${app}-worker`)
      expect(before).toHaveLength(2)
      await engine.restartProcess(scaled, `${app}-worker`, openContext({ jobId }))
      expect(await podsOf(`${app}-worker`)).toEqual(before)
      await twice(randomUUID(), (context) => engine.restartProcess(scaled, `${app}-worker`, context))
      expect((await podsOf(`${app}-worker`)).filter((name) => before.includes(name))).toEqual([])
      await twice(randomUUID(), (context) => engine.restartProcess(scaled, 'web', context))
      expect((await observe(scale)).drift).toEqual([])
      expect(count).toBeGreaterThan(100)
    } finally {
      await front.close()
    }
    await stage.engine.remove(place, openJob())
  })
})
