import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Release } from '@stevedore/engine'
import { openContext, openJob } from '@stevedore/engine/conformance'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  describeClaim,
  describeCron,
  describeServing,
  describeWorker,
  mounting,
  oneNode,
  script,
} from './beside-objects.ts'
import { carryOut, deploy, plan, planReturn } from './carry-out.ts'
import { expectServed, openPlace, type PlaceOptions } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'
import { makeVolume } from './storage.ts'

const calm = () => AbortSignal.timeout(30_000)

describe.skipIf(lacks(...stageComponents))('what manifests bring beside what serves', { timeout: 240_000 }, () => {
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
    return {
      ...harness,
      app,
      release: (revision: number): Release => ({
        ...harness.makeRelease({ revision, behaviour: 'healthy' }),
        sourceDir,
      }),
      observe: () => stage.engine.observe(harness.place, calm()),
      get: async (name: string) => JSON.parse(await stage.kubectl(['get', name, '-o', 'json'])),
      list: async (kinds: string) =>
        (await stage.kubectl(['get', kinds, '-l', `stevedore.io/app=${app}`, '-o', 'name']))
          .split('\n')
          .filter(Boolean),
    }
  }

  const write = (...items: object[]) =>
    writeFile(join(sourceDir, 'k8s', 'app.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))

  test('goes with the revision, is returned to without its source, and ends with the environment, but for what is in its claims', async () => {
    const { app, place, release, observe, get, list, request } = open()
    folders.push(await makeVolume(stage, `${app}-files`))
    const recreated = { strategy: { type: 'Recreate' } }
    const all = [...describeServing(app), describeWorker(app, recreated, mounting(app)), describeClaim(app)]
    await write(...all, describeCron(app))
    const made = (await stage.engine.preview({ ...release(1), revision: 0 }, calm())).map(
      ({ action, object }) => `${action} ${object}`,
    )
    expect(made.toSorted()).toEqual([
      `create CronJob ${app}-report`,
      `create Deployment ${app}`,
      `create Deployment ${app}-worker`,
      `create PersistentVolumeClaim ${app}-files`,
      `create Service ${app}`,
    ])
    await deploy({ engine: stage.engine, next: release(1) })
    await expectServed(request, 1)
    const seen = await observe()
    expect(seen.drift).toEqual([])
    expect(seen.beside).toBe(1)
    expect(seen.replicas.map(({ process, revision, healthy }) => [process, revision, healthy])).toEqual([
      [undefined, 1, true],
      [`${app}-worker`, 1, true],
    ])
    expect((await get(`deployment/${app}-worker`)).spec.template.spec.containers[0].image).toBe(stage.image)
    expect((await get(`cronjob/${app}-report`)).spec.jobTemplate.spec.template.spec.containers[0].image).toBe(
      stage.image,
    )
    await stage.kubectl([
      'patch',
      `cronjob/${app}-report`,
      '--type=merge',
      '-p',
      '{"spec":{"suspend":true,"schedule":"1 1 1 1 *"}}',
    ])
    await stage.kubectl(['scale', `deployment/${app}-worker`, '--replicas=0'])
    expect((await observe()).drift.map(({ field }) => field)).toEqual([
      `Deployment ${app}-worker spec.replicas`,
      `CronJob ${app}-report spec.schedule`,
    ])

    await write(...describeServing(app))
    const gone = await stage.engine.preview({ ...release(2), revision: 0 }, calm())
    expect(gone.filter(({ action }) => action === 'delete').map(({ object }) => object)).toEqual([
      `Deployment ${app}-worker`,
      `CronJob ${app}-report`,
    ])
    await deploy({ engine: stage.engine, next: release(2), stable: release(1) })
    expect(await list('cronjobs')).toEqual([])
    expect(await list('deployments')).toEqual([`deployment.apps/${app}`])
    expect(await stage.engine.listVolumes(place, calm())).toEqual([`${app}-files`])

    const { sourceDir: _, ...former } = release(1)
    await deploy({ engine: stage.engine, next: former, stable: release(2) })
    await expectServed(request, 1)
    expect(await list('cronjobs')).toEqual([`cronjob.batch/${app}-report`])
    const back = await observe()
    expect(back.drift).toEqual([])
    expect(back.replicas.map(({ process }) => process)).toContain(`${app}-worker`)

    await stage.engine.remove(place, openJob())
    expect(await list('deployments,cronjobs,configmaps,services')).toEqual([])
    expect(await list('persistentvolumeclaims')).toHaveLength(1)
    await stage.engine.remove(place, openJob(), { withData: true })
    expect(await list('persistentvolumeclaims')).toEqual([])
  })

  test('that never comes up fails the revision, and the former one has its own again', async () => {
    const { app, place, release, get, list, request, observe } = open()
    await write(...describeServing(app), describeWorker(app))
    await deploy({ engine: stage.engine, next: release(1) })
    const { uid } = (await get(`deployment/${app}-worker`)).metadata
    const late = { ...describeWorker(app), metadata: { name: `${app}-late` } }
    await write(
      ...describeServing(app),
      describeWorker(app, {}, {}, 'exit 3'),
      JSON.parse(JSON.stringify(late).replaceAll(`${app}-worker`, `${app}-late`)),
      describeCron(app),
    )
    const rollout = { engine: stage.engine, next: release(2), stable: release(1) }
    const failure = await deploy(rollout).catch((error) => error)
    expect(failure).toMatchObject({ code: 'container-crashed' })
    await carryOut(rollout, planReturn(rollout))
    await expectServed(request, 1)
    expect((await get(`deployment/${app}-worker`)).metadata.uid).toBe(uid)
    expect((await list('deployments')).toSorted()).toEqual([`deployment.apps/${app}`, `deployment.apps/${app}-worker`])
    expect(await list('cronjobs')).toEqual([])
    expect((await observe()).drift).toEqual([])
    await stage.engine.remove(place, openJob())
  })

  test('is kept where what serves is stopped before the next, as a claim of one node asks for', async () => {
    const { app, place, release, get, request } = open({ strategy: 'recreate' })
    folders.push(await makeVolume(stage, `${app}-files`))
    const [deployment, ...route] = describeServing(app)
    const { template } = deployment!.spec as unknown as { template: { spec: object } }
    Object.assign(template.spec, mounting(app))
    const all = [deployment!, ...route, describeClaim(app)]
    await write(...all, describeWorker(app))
    await deploy({ engine: stage.engine, next: release(1) })
    const { uid } = (await get(`deployment/${app}-worker`)).metadata
    await write(...all, describeWorker(app, {}, {}, 'exit 3'))
    const rollout = { engine: stage.engine, next: release(2), stable: release(1) }
    await expect(deploy(rollout)).rejects.toMatchObject({ code: 'container-crashed' })
    await carryOut(rollout, planReturn(rollout))
    await expectServed(request, 1)
    const worker = await get(`deployment/${app}-worker`)
    expect(worker.metadata.uid).toBe(uid)
    expect(worker.spec.template.spec.containers[0].command).toEqual(['sh', '-c', script])
    await stage.engine.remove(place, openJob(), { withData: true })
  })

  test('of a first deploy that fails goes again', async () => {
    const { app, release, list, place } = open()
    await write(...describeServing(app), describeWorker(app, {}, {}, 'exit 3'))
    const rollout = { engine: stage.engine, next: release(1) }
    await expect(deploy(rollout)).rejects.toMatchObject({ code: 'container-crashed' })
    await carryOut(rollout, planReturn(rollout))
    expect(await list('deployments')).not.toContain(`deployment.apps/${app}-worker`)
    await stage.engine.remove(place, openJob())
  })

  test('is there before what serves in another colour, is led to by its own Service alone, and changes once that serves', async () => {
    const { app, release, get, place, request, observe } = open({
      strategy: { type: 'blue-green', scaleDownDelay: '0s' },
    })
    const inner = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `${app}-inner` },
      spec: { selector: { app: `${app}-worker` }, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
    }
    await write(...describeServing(app), describeWorker(app), inner)
    const first = { engine: stage.engine, next: release(1) }
    const actions = await plan(first)
    const up = actions.findIndex(({ do: what }) => what === 'scale-up') + 1
    await carryOut(first, actions.slice(0, up))
    expect((await get(`deployment/${app}-worker`)).metadata.labels['stevedore.io/revision']).toBe('1')
    await carryOut(first, actions.slice(up))
    const listLed = async (service: string) => {
      const { subsets = [] } = await get(`endpoints/${service}`)
      const addresses = subsets.flatMap((one: { addresses?: unknown[] }) => one.addresses ?? [])
      return addresses.map(({ targetRef }: { targetRef: { name: string } }) => targetRef.name) as string[]
    }
    const podsOf = async (process: string | undefined) =>
      (await observe()).replicas.filter((one) => one.process === process).map(({ name }) => name)
    expect(await listLed(app)).toEqual(await podsOf(undefined))
    expect(await listLed(`${app}-inner`)).toEqual(await podsOf(`${app}-worker`))
    const before = await podsOf(`${app}-worker`)
    const second = { engine: stage.engine, next: release(2), stable: release(1) }
    const next = await plan(second)
    const rolled = next.findIndex(({ do: what }) => what === 'roll-processes')
    await carryOut(second, next.slice(0, rolled))
    await expectServed(request, 2)
    expect(await podsOf(`${app}-worker`)).toEqual(before)
    await carryOut(second, next.slice(rolled))
    expect(await podsOf(`${app}-worker`)).not.toEqual(before)
    expect((await observe()).drift).toEqual([])
    await stage.engine.remove(place, openJob())
  })

  test('a stop between any two of its actions, and a repeat of them, end in the same state', async () => {
    const { app, release, list, place, observe } = open()
    await write(...describeServing(app), describeWorker(app), describeCron(app))
    const rollout = { engine: stage.engine, next: release(1) }
    for (const action of await plan(rollout)) {
      await carryOut(rollout, [action])
      await carryOut(rollout, [action], openContext())
    }
    expect((await observe()).drift).toEqual([])
    expect(await list('cronjobs')).toHaveLength(1)
    await stage.engine.remove(place, openJob())
  })

  test('that cannot be had is refused before anything is touched, and says why', async () => {
    const { app, release, list } = open()
    const refusal = async (engine = stage.engine) => {
      const failure = await engine.prepare(release(1), openJob()).catch((error) => error)
      return `${failure.code}: ${failure.diagnosis}`
    }
    await write(...describeServing(app), describeWorker(app, { replicas: 2 }, mounting(app)), describeClaim(app))
    expect(await refusal()).toMatch(/^manifests-invalid: .*one replica alone has it.*\n.*type: Recreate/)
    const account = (name: string) => describeWorker(app, {}, { serviceAccountName: name })
    await write(...describeServing(app), account('robot'))
    expect(await refusal()).toContain(`add account:${stage.namespace}/robot to ALLOWED_IN_MANIFESTS`)
    const generous = createKubernetesDeployEngine({
      kubeconfig: stage.kubeconfig,
      allowedInManifests: [`account:${stage.namespace}/robot`],
    })
    expect(await refusal(generous)).toMatch(/^config-missing: ServiceAccount robot/)
    await stage.kubectl(['create', 'serviceaccount', 'robot'])
    await generous.prepare(release(1), openJob())
    await write(...describeServing(app), describeWorker(app), describeClaim(app))
    await stage.kubectl(['apply', '-f', '-'], JSON.stringify(describeClaim(app)))
    expect(await refusal()).toContain(`PersistentVolumeClaim ${app}-files: metadata.name is of one that exists`)
    const labels = [
      'app.kubernetes.io/managed-by=stevedore',
      `stevedore.io/app=${app}`,
      'stevedore.io/environment=test',
    ]
    await stage.kubectl(['label', 'persistentvolumeclaim', `${app}-files`, ...labels])
    await stage.engine.prepare(release(1), openJob())
    await write(...describeServing(app), describeClaim(app, { ...oneNode, accessModes: ['ReadWriteMany'] }))
    expect(await refusal()).toMatch(/^volume-fixed: .*accessModes ReadWriteOnce cannot become ReadWriteMany/)
    await write(...describeServing(app), { ...describeServing(app)[0], metadata: { name: `${app}-other` } })
    expect(await refusal()).toMatch(/^manifests-invalid: .*nothing says which of them serves/)
    expect(await list('deployments,cronjobs')).toEqual([])
  })
})
