import type { Release } from '@stevedore/engine'
import { openContext, openJob } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { deploy } from './carry-out.ts'
import { openPlace, type PlaceOptions } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

describe.skipIf(lacks(...stageComponents))('what Stevedore makes on Kubernetes', { timeout: 180_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  function open(options: PlaceOptions = {}) {
    const harness = openPlace(stage, options)
    const { app } = harness.place
    return {
      ...harness,
      healthy: (revision: number) => harness.makeRelease({ revision, behaviour: 'healthy' }),
      observe: () => stage.engine.observe(harness.place, AbortSignal.timeout(30_000)),
      get: async (kind: string) =>
        JSON.parse(await stage.kubectl(['get', kind.includes('/') ? kind : `${kind}/${app}`, '-o', 'json'])),
      list: async (kinds: string) =>
        (await stage.kubectl(['get', kinds, '-l', `stevedore.io/app=${app}`, '-o', 'name']))
          .trim()
          .split('\n')
          .filter(Boolean),
    }
  }

  test('the pods keep to the restricted Pod Security Standard', async () => {
    const { healthy, get } = open()
    await stage.engine.roll(healthy(1), openJob())
    const { spec } = (await get('deployment')).spec.template
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  test('secrets reach the app through a Secret object of their revision, which goes with it', async () => {
    const { healthy, get, list, place } = open({ settings: { secrets: ['API_KEY'] } })
    const withKey = (revision: number, key: string): Release => ({ ...healthy(revision), secrets: { API_KEY: key } })
    await deploy({ engine: stage.engine, next: withKey(1, 'first') })
    const [first] = await list('secrets')
    const secret = await get(first!)
    expect(secret).toMatchObject({ immutable: true, data: { API_KEY: Buffer.from('first').toString('base64') } })
    expect(secret.metadata.ownerReferences).toMatchObject([{ kind: 'ReplicaSet' }])
    await deploy({ engine: stage.engine, next: withKey(2, 'second'), stable: withKey(1, 'first') })
    expect(await list('secrets')).toHaveLength(2)
    const deployment = JSON.stringify(await get('deployment'))
    expect(deployment).not.toContain('second')
    await stage.engine.remove(place, openJob())
    expect(await list('deployments,services,secrets,serviceaccounts,poddisruptionbudgets,jobs')).toEqual([])
  })

  test('what has a name that this place needs and is another’s is refused and left alone, also by force', async () => {
    const { healthy, place } = open({ settings: { force: true } })
    const next = healthy(1)
    const owner = { app: `${place.app}-other`, environment: 'test' }
    const other = (name: string) => ({ ...next, ...owner, settings: { ...next.settings, deployment: name } as never })
    const taken = [
      { name: place.app, told: `Deployment ${place.app} belongs to ${owner.app} test` },
      { name: `${place.app}-next`, told: `Deployment ${place.app}-next belongs to ${owner.app} test` },
    ]
    for (const { name, told } of taken) {
      await stage.engine.roll(other(name), openJob())
      const refused = { code: 'policy-violation', diagnosis: told }
      await expect(stage.engine.prepare(next, openJob())).rejects.toMatchObject(refused)
      await expect(stage.engine.preview(next, AbortSignal.timeout(30_000))).rejects.toMatchObject(refused)
      await stage.engine.remove(place, openJob())
      const kept = await stage.kubectl(['get', 'deployments', '-l', `stevedore.io/app=${owner.app}`, '-o', 'name'])
      expect(kept.trim()).toBe(`deployment.apps/${name}`)
      await stage.engine.remove({ ...place, ...other(name) }, openJob())
    }
  })

  test('pods of a revision are not replaced because another version of Stevedore wrote them otherwise', async () => {
    const { healthy, get, place } = open()
    await stage.engine.roll(healthy(1), openJob())
    const { metadata } = await get('deployment')
    const applied = JSON.parse(metadata.annotations['stevedore.io/applied'])
    applied.template.spec.terminationGracePeriodSeconds = 77
    const older = {
      metadata: { annotations: { 'stevedore.io/applied': JSON.stringify(applied) } },
      spec: { template: { spec: { terminationGracePeriodSeconds: 77 } } },
    }
    await stage.kubectl(['patch', 'deployment', place.app, '--type', 'merge', '-p', JSON.stringify(older)])
    await stage.kubectl(['rollout', 'status', `deployment/${place.app}`, '--timeout=60s'])
    const { metadata: before } = await get('deployment')
    await stage.engine.roll(healthy(1), openJob())
    expect((await get('deployment')).metadata.generation).toBe(before.generation)
    await stage.engine.roll(healthy(2), openJob())
    expect((await get('deployment')).spec.template.spec.terminationGracePeriodSeconds).not.toBe(77)
  })

  test('a Secret object of others is neither overwritten nor removed', async () => {
    const { healthy, place } = open()
    const name = `${place.app}-pull`
    await stage.kubectl(['create', 'secret', 'generic', name, '--from-literal', 'mine=yes'])
    const release = { ...healthy(1), credential: { username: 'u', password: 'p' } }
    await expect(stage.engine.prepare(release, openJob())).rejects.toThrow()
    const read = async () => (await stage.kubectl(['get', 'secret', name, '-o', 'jsonpath={.data.mine}'])).trim()
    expect(await read()).toBe('eWVz')
    await stage.kubectl(['delete', 'secret', name])
  })

  test('an ingress leads to the Service, and changes with the spec', async () => {
    const { healthy, get, observe, place } = open({
      settings: { ingress: { host: 'shop.test', tls: 'shop-tls', class: 'nginx' } },
    })
    await stage.engine.roll(healthy(1), openJob())
    expect((await get('ingress')).spec).toMatchObject({
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.test'], secretName: 'shop-tls' }],
      rules: [
        { host: 'shop.test', http: { paths: [{ backend: { service: { name: place.app, port: { name: 'http' } } } }] } },
      ],
    })
    expect((await observe()).address).toBe('https://shop.test')
    const next = healthy(2)
    await stage.engine.roll(
      { ...next, settings: { ...next.settings, ingress: { host: 'shop.test' } } as never },
      openJob(),
    )
    expect((await get('ingress')).spec.tls).toBeUndefined()
  })

  test('a deploy keeps the size that an autoscaler chose', async () => {
    const autoscale = { cpu: 70, min: 1, max: 3 }
    const { healthy, get, observe, place } = open({ settings: { autoscale, resources: { requests: { cpu: '10m' } } } })
    await deploy({ engine: stage.engine, next: healthy(1) })
    expect(await get('horizontalpodautoscalers')).toMatchObject({ spec: { minReplicas: 1, maxReplicas: 3 } })
    // Without metrics the controller leaves the size alone; this is what it would do with them.
    await stage.kubectl(['scale', `deployment/${place.app}`, '--replicas=2'])
    expect(await observe()).toMatchObject({ size: 2, drift: [] })
    await deploy({ engine: stage.engine, next: healthy(2), stable: healthy(1) })
    expect((await get('deployment')).spec.replicas).toBe(2)
    const colours = healthy(3)
    const settings = { ...colours.settings, strategy: { type: 'blue-green' as const, scaleDownDelay: '0s' } }
    await deploy({ engine: stage.engine, next: { ...colours, settings } as Release, stable: healthy(2) })
    const seen = await observe()
    expect(seen.replicas.map(({ revision }) => revision)).toEqual([3, 3])
    expect((await get('horizontalpodautoscalers')).spec.scaleTargetRef.name).toBe(place.app)
  })

  test('what is changed behind its back is told by field, and mended by the next deploy', async () => {
    const { healthy, observe, place } = open()
    await deploy({ engine: stage.engine, next: healthy(1) })
    await deploy({ engine: stage.engine, next: healthy(2), stable: healthy(1) })
    expect((await observe()).drift).toEqual([])
    await stage.kubectl(['set', 'env', `deployment/${place.app}`, 'BEHAVIOUR=errors', 'EXTRA=1'])
    await stage.kubectl(['scale', `deployment/${place.app}`, '--replicas=2'])
    const { drift } = await observe()
    expect(drift).toContainEqual({
      field: `spec.template.spec.containers[${place.app}].env[BEHAVIOUR].value`,
      wanted: 'healthy',
      found: 'errors',
    })
    expect(drift.map(({ field }) => field)).toContain(`spec.template.spec.containers[${place.app}].env[EXTRA]`)
    expect(drift).toContainEqual({ field: 'spec.replicas', wanted: '1', found: '2' })
    await stage.kubectl(['rollout', 'undo', `deployment/${place.app}`, '--to-revision=1'])
    const undone = (await observe()).drift.map(({ field }) => field)
    expect(undone).toContain(`spec.template.spec.containers[${place.app}].env[REVISION].value`)
    await deploy({ engine: stage.engine, next: healthy(3), stable: healthy(2) })
    const mended = await observe()
    expect(mended.traffic).toEqual({ 3: 100 })
    expect(mended.drift.filter(({ field }) => !field.endsWith('[EXTRA]'))).toEqual([])
  })

  test('an object that is gone or was changed by hand is drift, and the next deploy says what it puts back', async () => {
    const { healthy, observe, place } = open()
    await deploy({ engine: stage.engine, next: healthy(1) })
    const { app } = place
    await stage.kubectl(['delete', 'poddisruptionbudget', app])
    await stage.kubectl(['patch', 'service', app, '-p', '{"spec":{"type":"NodePort"}}'])
    expect((await observe()).drift).toEqual([
      { field: `Service ${app} spec.type`, wanted: 'ClusterIP', found: 'NodePort' },
      { field: `PodDisruptionBudget ${app}`, wanted: 'present', found: 'absent' },
    ])
    const context = openContext()
    await stage.engine.roll(healthy(1), context)
    expect(context.lines).toContain(
      `Service ${app} was changed by hand: spec.type goes from NodePort back to ClusterIP`,
    )
    expect((await observe()).drift).toEqual([])
    await stage.kubectl([
      'patch',
      'service',
      app,
      '--type=merge',
      '-p',
      '{"spec":{"selector":{"app.kubernetes.io/name":"nobody"}}}',
    ])
    await vi.waitFor(async () =>
      expect((await observe()).drift).toContainEqual({
        field: `Service ${app}`,
        wanted: 'leads to its pods',
        found: 'leads to none',
      }),
    )
    await stage.kubectl(['delete', 'service', app])
    expect((await observe()).drift).toContainEqual({ field: `Service ${app}`, wanted: 'present', found: 'absent' })
  })

  test('a dry run tells each field from and to, and leaves every object as it is', async () => {
    const { healthy, list, place } = open()
    await deploy({ engine: stage.engine, next: healthy(1) })
    const versions = async () =>
      stage.kubectl([
        'get',
        'deployments,services,serviceaccounts,poddisruptionbudgets',
        '-l',
        `stevedore.io/app=${place.app}`,
        '-o',
        'jsonpath={.items[*].metadata.resourceVersion}',
      ])
    const before = await versions()
    const next = healthy(2)
    const settings = {
      ...next.settings,
      containerPort: 8080,
      resources: { limits: { memory: '128Mi' } },
      secrets: ['TOKEN'],
    }
    const changes = await stage.engine.preview(
      { ...next, secrets: { TOKEN: 'hush' }, settings } as Release,
      AbortSignal.timeout(30_000),
    )
    const update = changes.find(({ object }) => object === `Deployment ${place.app}`)
    const container = `spec.template.spec.containers[${place.app}]`
    expect(update?.fields).toContainEqual({ field: `${container}.env[REVISION].value`, from: '1', to: '2' })
    expect(update?.fields).toContainEqual({ field: `${container}.resources.limits.memory`, from: '1Gi', to: '128Mi' })
    expect(changes.find(({ object }) => object.startsWith('Secret'))).toMatchObject({ action: 'create' })
    expect(JSON.stringify(changes)).not.toContain(Buffer.from('hush').toString('base64'))
    expect(await versions()).toBe(before)
    expect(await list('secrets')).toEqual([])
  })

  test('followed logs tell of all pods, also of those that come later', async () => {
    const { healthy, place } = open()
    await stage.engine.roll(healthy(1), openJob())
    const seen = new AbortController()
    const signal = AbortSignal.any([seen.signal, AbortSignal.timeout(90_000)])
    const lines: string[] = []
    const reading = (async () => {
      for await (const line of stage.engine.logs(place, { follow: true, tailLines: 10 }, signal)) {
        lines.push(line)
        if (line.includes('revision 2 listens')) seen.abort()
      }
    })()
    await stage.engine.roll(healthy(2), openJob())
    await reading
    expect(lines.join('\n')).toMatch(/revision 1 listens[\s\S]*revision 2 listens/)
    expect(lines.filter((line) => line.includes('revision 1 listens'))).toHaveLength(1)
  })
})
