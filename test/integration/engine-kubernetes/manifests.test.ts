import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Release } from '@stevedore/engine'
import { openJob } from '@stevedore/engine/conformance'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carryOut, deploy, planReturn } from './carry-out.ts'
import { describeOthers } from './others.ts'
import { expectServed, openPlace, type PlaceOptions } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('manifests of the source', { timeout: 180_000 }, () => {
  let stage: Stage
  let sourceDir: string
  beforeAll(async () => {
    stage = await openStage()
    sourceDir = await mkdtemp(join(tmpdir(), 'stevedore-source-'))
    await mkdir(join(sourceDir, 'k8s'))
  })
  afterAll(async () => {
    await rm(sourceDir, { recursive: true, force: true })
    await stage?.close()
  })

  /** The manifests of an app that reads a ConfigMap, with a sidecar-free Deployment and a Service. */
  function open(options: PlaceOptions = {}) {
    const harness = openPlace(stage, { ...options, settings: { manifests: 'k8s', drain: '10s', ...options.settings } })
    const { app } = harness.place
    const release = (revision: number): Release => ({
      ...harness.makeRelease({ revision, behaviour: 'healthy' }),
      sourceDir,
    })
    return {
      ...harness,
      app,
      release,
      get: async (name: string) => JSON.parse(await stage.kubectl(['get', name, '-o', 'json'])),
    }
  }

  function describeApp(app: string, pod: object = {}): { items: { kind: string }[] } {
    const container = { image: 'shop:replaced', envFrom: [{ configMapRef: { name: `${app}-config` } }] }
    const list = JSON.parse(describeOthers({ name: app, image: '', container, pod }))
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${app}-config` },
      data: { COLOUR: 'teal' },
    }
    return { ...list, items: [...list.items, config] }
  }

  const writeManifest = (name: string, content: unknown) =>
    writeFile(join(sourceDir, 'k8s', name), typeof content === 'string' ? content : JSON.stringify(content))

  async function clear() {
    await rm(join(sourceDir, 'k8s'), { recursive: true })
    await mkdir(join(sourceDir, 'k8s'))
  }

  test('are the base whose image is replaced, in every strategy', async () => {
    await clear()
    const { app, release, get, request, place } = open({
      strategy: { type: 'blue-green', scaleDownDelay: '0s' },
      replicas: 1,
    })
    await writeManifest('app.json', describeApp(app))
    await deploy({ engine: stage.engine, next: release(1) })
    await deploy({ engine: stage.engine, next: release(2), stable: release(1) })
    await expectServed(request, 2)
    const { spec } = (await get(`deployment/${app}`)).spec.template
    expect(spec.containers[0]).toMatchObject({
      name: 'web',
      image: stage.image,
      envFrom: [{ configMapRef: { name: `${app}-config` } }],
    })
    expect(await get(`configmap/${app}-config`)).toMatchObject({ data: { COLOUR: 'teal' } })
    await stage.engine.remove(place, openJob())
  })

  test('need not be at hand to return to a revision', async () => {
    await clear()
    const { app, release, request } = open()
    await writeManifest('app.json', describeApp(app))
    await deploy({ engine: stage.engine, next: release(1) })
    await deploy({ engine: stage.engine, next: release(2), stable: release(1) })
    const back = {
      engine: stage.engine,
      next: release(2),
      stable: { ...release(1), sourceDir: join(sourceDir, 'gone') },
    }
    await carryOut(back, planReturn(back))
    await expectServed(request, 1)
  })

  test('may be a kustomization', async () => {
    await clear()
    const { app, release, request, get } = open()
    await writeManifest('app.yaml', describeApp(app))
    await writeManifest('kustomization.yaml', 'resources: [app.yaml]\ncommonAnnotations: {team: shop}\n')
    await deploy({ engine: stage.engine, next: release(1) })
    await expectServed(request, 1)
    expect((await get(`deployment/${app}`)).metadata.annotations.team).toBe('shop')
  })

  test('of a kustomization may not come from elsewhere', async () => {
    await clear()
    const { release } = open()
    for (const remote of [
      'https://example.com/base.yaml',
      'https://example.com/acme/base.git',
      'ssh://git@example.com/acme/base',
    ]) {
      await writeManifest('kustomization.yaml', `resources: ["${remote}"]\n`)
      await expect(stage.engine.prepare(release(1), openJob())).rejects.toMatchObject({
        code: 'manifests-invalid',
      })
    }
  })

  test('that ask for too much are refused before anything is touched', async () => {
    await clear()
    const { app, release, place } = open()
    const pod = { hostNetwork: true, serviceAccountName: 'admin', volumes: [{ name: 'root', hostPath: { path: '/' } }] }
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'all' } }
    const foreign = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'kube-system' } }
    const manifests = describeApp(app, pod)
    await writeManifest('app.json', { ...manifests, items: [...manifests.items, role, foreign] })
    const failure = await stage.engine.prepare(release(1), openJob()).catch((error) => error)
    expect(failure).toMatchObject({ code: 'policy-violation' })
    const refused = failure.diagnosis.split('\n').map((line: string) => line.split(' ').slice(0, 3).join(' '))
    const at = `Deployment ${app}: spec.template.spec`
    expect(refused).toEqual([
      `${at}.hostNetwork`,
      `${at}.serviceAccountName`,
      `${at}.volumes[0].hostPath`,
      'ClusterRole all: rbac.authorization.k8s.io/v1',
      'ConfigMap x: metadata.namespace',
    ])
    expect((await stage.engine.observe(place, AbortSignal.timeout(30_000))).replicas).toEqual([])
  })

  test('of a kustomization are judged as it makes them', async () => {
    await clear()
    const { app, release } = open()
    await writeManifest('app.yaml', describeApp(app))
    const patch = `- op: add\n  path: /spec/template/spec/hostPID\n  value: true`
    await writeManifest(
      'kustomization.yaml',
      `resources: [app.yaml]\nsecretGenerator: [{name: own, literals: [a=b]}]\npatches: [{target: {kind: Deployment}, patch: ${JSON.stringify(patch)}}]\n`,
    )
    const failure = await stage.engine.prepare(release(1), openJob()).catch((error) => error)
    expect(failure).toMatchObject({ code: 'policy-violation' })
    expect(failure.diagnosis).toContain(`Deployment ${app}: spec.template.spec.hostPID may be`)
    expect(failure.diagnosis).toMatch(/Secret own-\S+: v1 Secret is not a kind that may be deployed/)
  })

  test('get no account of others by its name, whatever is forced', async () => {
    await clear()
    const { app, release } = open({ settings: { force: true } })
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: `${app}-robot` } }
    await stage.kubectl(['create', 'serviceaccount', `${app}-robot`])
    const manifests = describeApp(app, { serviceAccountName: `${app}-robot` })
    await writeManifest('app.json', { ...manifests, items: [...manifests.items, account] })
    const failure = await stage.engine.prepare(release(1), openJob()).catch((error) => error)
    expect(failure).toMatchObject({ code: 'policy-violation' })
    expect(failure.diagnosis).toContain(`ServiceAccount ${app}-robot: metadata.name is of one that exists`)
    const labels = [
      'app.kubernetes.io/managed-by=stevedore',
      `stevedore.io/app=${app}`,
      'stevedore.io/environment=test',
    ]
    await stage.kubectl(['label', 'serviceaccount', `${app}-robot`, ...labels])
    await stage.engine.prepare(release(1), openJob())
  })

  test('that were allowed more are not returned to unless a rollout goes wrong', async () => {
    await clear()
    const { app, release, request, place } = open({ replicas: 1 })
    await stage.kubectl(['create', 'secret', 'generic', `${app}-key`, '--from-literal=KEY=k'])
    const generous = createKubernetesDeployEngine({
      kubeconfig: stage.kubeconfig,
      allowedInManifests: [`secret:${stage.namespace}/${app}-key`],
    })
    const manifests = describeApp(app)
    const withSecret = JSON.parse(JSON.stringify(manifests))
    withSecret.items[0].spec.template.spec.containers[0].envFrom.push({ secretRef: { name: `${app}-key` } })
    await writeManifest('app.json', withSecret)
    await deploy({ engine: generous, next: release(1) })
    await writeManifest('app.json', manifests)
    await deploy({ engine: stage.engine, next: release(2), stable: release(1) })
    const failure = await stage.engine.prepare(release(1), openJob()).catch((error) => error)
    expect(failure).toMatchObject({ code: 'policy-violation' })
    expect(failure.diagnosis).toContain('revision 1 was deployed when more was allowed')
    expect(failure.diagnosis).toContain(`secret:${stage.namespace}/${app}-key to ALLOWED_IN_MANIFESTS`)
    const back = { engine: stage.engine, next: release(2), stable: release(1) }
    await carryOut(back, planReturn(back))
    await expectServed(request, 1)
    await stage.engine.remove(place, openJob())
  })

  test('bring an Ingress for the hosts of the spec, in place of the one that it would make', async () => {
    await clear()
    const { app, release, get, place } = open({ settings: { ingress: { host: 'shop.test' } } })
    const backend = { service: { name: app, port: { number: 80 } } }
    const rules = [{ host: 'shop.test', http: { paths: [{ path: '/api', pathType: 'Prefix', backend }] } }]
    const annotations = { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m' }
    const ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: app, annotations },
      spec: { rules },
    }
    const manifests = describeApp(app)
    await writeManifest('app.json', { ...manifests, items: [...manifests.items, ingress] })
    await deploy({ engine: stage.engine, next: release(1) })
    await deploy({ engine: stage.engine, next: release(2), stable: release(1) })
    const back = { engine: stage.engine, next: release(2), stable: release(1) }
    await carryOut(back, planReturn(back))
    expect((await get(`ingress/${app}`)).spec.rules).toMatchObject(rules)
    await stage.engine.remove(place, openJob())
  })

  test('that lead out of the source by a link are not read', async () => {
    await clear()
    await symlink('/etc/passwd', join(sourceDir, 'k8s', 'app.yaml'))
    const { release } = open()
    await expect(stage.engine.prepare(release(1), openJob())).rejects.toMatchObject({
      code: 'path-outside-source',
    })
  })
})
