import type { Release } from '@stevedore/engine'
import { openJob } from '@stevedore/engine/conformance'
import {
  findFreePort,
  lacks,
  openTestDocker,
  registryAccount,
  startRegistry,
  type TestRegistry,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeOthers, makeOthers } from './others.ts'
import { expectServed, openPlace, type PlaceOptions } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

/** Longer than any test may take: neither the health deadline nor the deploy's own time-out may be what ends the wait. */
const unhurried = { health: { path: '/health', deadline: '10m' }, timeout: '15m' }

describe.skipIf(lacks(...stageComponents))('failures on Kubernetes', { timeout: 240_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  function open(settings: Record<string, unknown> = {}, options: PlaceOptions = {}) {
    const harness = openPlace(stage, {
      ...options,
      settings: { ...unhurried, ...settings },
    })
    return { ...harness, release: harness.makeRelease({ revision: 1, behaviour: 'healthy' }) }
  }

  /** Rolls a release out and gives the failure. */
  async function fail(release: Release, { prepare = false } = {}) {
    const work = prepare ? stage.engine.prepare(release, openJob()) : stage.engine.roll(release, openJob())
    const failure = await work.then(
      () => undefined,
      (error) => error,
    )
    // What is served meanwhile is told once, by the worker, with every failure of a deploy.
    expect(failure?.diagnosis ?? '').not.toMatch(/traffic/)
    return failure
  }

  async function failOthers(name: string, app: { container?: object; pod?: object }) {
    await stage.kubectl(['delete', 'deployment', name, '--ignore-not-found'])
    await makeOthers(stage, { name, image: stage.image, replicas: 1 })
    const broken = { name, image: stage.image, replicas: 1, ...app }
    await stage.kubectl(['apply', '--server-side', '--field-manager', 'others', '-f', '-'], describeOthers(broken))
    const { release } = open({ deployment: name, force: true })
    return fail(release)
  }

  test('an image whose registry does not answer', async () => {
    const { release } = open()
    const host = `127.0.0.1:${await findFreePort()}`
    const failure = await fail({ ...release, image: release.image.replace(/^[^/]+/, host) })
    expect(failure).toMatchObject({ code: 'image-pull-failed' })
    expect(failure.diagnosis).toMatch(/cannot be reached.*refused/s)
  })

  test('an image whose registry asks for credentials, and one that gets them', async () => {
    const registry = await startRegistry({ signIn: true })
    try {
      const { release, request } = open()
      const image = await publishTo(registry, stage)
      const failure = await fail({ ...release, image })
      expect(failure).toMatchObject({ code: 'registry-denied' })
      await stage.engine.roll({ ...release, image, credential: registryAccount }, openJob())
      await expectServed(request, 1)
    } finally {
      await registry.stop()
    }
  })

  test('a container that cannot be started', async () => {
    const { release } = open({ command: ['/no/such/program'] })
    const failure = await fail(release)
    expect(failure).toMatchObject({ code: 'container-start-failed' })
    expect(failure.diagnosis).toMatch(/no such file/)
  })

  test('a worker without a port that dies after its start is a crash with its last lines, and one that lives is healthy', async () => {
    const work = (program: string) => open({ health: {}, command: ['node', '-e', program] }).release
    const dies = 'console.log("works"); setTimeout(() => { console.log("no such queue"); process.exit(3) }, 1000)'
    const failure = await fail(work(dies))
    expect(failure).toMatchObject({ code: 'container-crashed' })
    expect(failure.diagnosis).toMatch(/exited with code 3.*works\n\s*no such queue/s)
    const lives = work('setInterval(() => {}, 1000)')
    await stage.engine.roll(lives, openJob())
    expect((await stage.engine.observe(lives, AbortSignal.timeout(30_000))).replicas).toMatchObject([{ healthy: true }])
  })

  test.each([
    [{ limits: { memory: '128Mi' } }, 'resources.limits.memory of the spec, 128Mi'],
    [undefined, "this server's default, 1Gi: set resources.limits.memory"],
  ])('a container that uses more memory than %j lets it', async (resources, says) => {
    const { release } = open({
      ...(resources ? { resources } : {}),
      command: ['node', '-e', 'console.log("fills"); const a = []; for (;;) a.push(Buffer.alloc(1e7, 1))'],
    })
    const failure = await fail(release)
    expect(failure).toMatchObject({ code: 'resource-exceeded' })
    expect(failure.diagnosis).toContain(says)
  })

  test('a pod that no node can take says what is short', async () => {
    const { release } = open({ resources: { requests: { cpu: '900' } } })
    const failure = await fail(release)
    expect(failure).toMatchObject({ code: 'unschedulable' })
    expect(failure.diagnosis).toMatch(/Insufficient cpu/)
  })

  test('a used-up quota, before anything is touched and in the middle', async () => {
    await stage.kubectl(['create', 'quota', 'none', '--hard=pods=0'])
    try {
      const { release, place } = open()
      expect(await fail(release, { prepare: true })).toMatchObject({ code: 'quota-exceeded' })
      expect(await stage.kubectl(['get', 'deployments', '-l', `stevedore.io/app=${place.app}`, '-o', 'name'])).toBe('')
      const failure = await fail(release)
      expect(failure).toMatchObject({ code: 'quota-exceeded' })
      expect(failure.diagnosis).toMatch(/exceeded quota: none/)
    } finally {
      await stage.kubectl(['delete', 'quota', 'none'])
    }
  })

  test('an admission rule that refuses the pods', async () => {
    const limits = { type: 'Container', max: { memory: '16Mi' } }
    const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'small' }, spec: { limits: [limits] } }
    await stage.kubectl(['apply', '-f', '-'], JSON.stringify(range))
    try {
      const { release } = open({ resources: { limits: { memory: '64Mi' } } })
      for (const prepare of [true, false]) {
        const failure = await fail(release, { prepare })
        expect(failure).toMatchObject({ code: 'admission-denied' })
        expect(failure.diagnosis).toMatch(/maximum memory usage per Container is 16Mi/)
      }
    } finally {
      await stage.kubectl(['delete', 'limitrange', 'small'])
    }
  })

  test('a missing right, by verb and resource', async () => {
    const { release } = open()
    const patch = (rules: string) => stage.kubectl(['patch', 'role', 'stevedore', '--type=json', '-p', rules])
    await patch('[{"op":"replace","path":"/rules/0/verbs","value":["get","patch","delete"]}]')
    try {
      const early = await fail(release, { prepare: true })
      expect(early).toMatchObject({ code: 'forbidden-by-cluster' })
      expect(early.diagnosis).toContain('create deployments.apps')
      const late = await fail(release)
      expect(late).toMatchObject({ code: 'forbidden-by-cluster' })
      expect(late.diagnosis).toContain('create deployments.apps')
    } finally {
      await patch('[{"op":"replace","path":"/rules/0/verbs","value":["get","create","patch","delete"]}]')
    }
  })

  test('a namespace where nothing may be done', async () => {
    const { release } = open({ namespace: 'kube-system' })
    expect(await fail(release, { prepare: true })).toMatchObject({ code: 'forbidden-by-cluster' })
  })

  test('a ConfigMap that is not there', async () => {
    const failure = await failOthers('without-config', {
      container: { envFrom: [{ configMapRef: { name: 'absent' } }] },
    })
    expect(failure).toMatchObject({ code: 'config-missing' })
    expect(failure.diagnosis).toMatch(/configmap "absent" not found/)
  })

  test('a Secret volume that is not there', async () => {
    const failure = await failOthers('without-secret', {
      container: { volumeMounts: [{ name: 'keys', mountPath: '/keys' }] },
      pod: { volumes: [{ name: 'keys', secret: { secretName: 'absent' } }] },
    })
    expect(failure).toMatchObject({ code: 'config-missing' })
    expect(failure.diagnosis).toMatch(/secret "absent" not found/)
  })

  test('an init container that fails', async () => {
    const init = { name: 'seed', image: stage.image, command: ['sh', '-c', 'echo no seed data; exit 7'] }
    const failure = await failOthers('without-seed', { pod: { initContainers: [init] } })
    expect(failure).toMatchObject({ code: 'init-failed' })
    expect(failure.diagnosis).toMatch(/seed.*exited with code 7.*no seed data/s)
  })

  test('a deploy that does not end in its time', async () => {
    const { makeRelease } = open({ timeout: '10s' })
    const failure = await fail(makeRelease({ revision: 1, behaviour: 'never-healthy' }))
    expect(failure).toMatchObject({ code: 'deploy-deadline' })
  })

  test('a context that the worker does not know', async () => {
    const { release } = open({ context: 'nowhere' })
    const failure = await fail(release, { prepare: true })
    expect(failure).toMatchObject({ code: 'context-unknown' })
    expect(failure.diagnosis).toContain('nowhere')
  })
})

/** Pushes the stage's image to a registry that asks for a sign-in. */
async function publishTo(registry: TestRegistry, { image }: Stage): Promise<string> {
  const docker = openTestDocker()
  const [name, digest] = [image.slice(image.indexOf('/'), image.indexOf('@')), image.slice(image.indexOf('@'))]
  const repo = `${registry.host}${name}`
  const source = (await docker.listImages({ filters: { reference: [image.slice(0, image.indexOf('@'))] } }))[0]!
  await docker.getImage(source.Id).tag({ repo, tag: '1' })
  const progress = await docker
    .getImage(`${repo}:1`)
    .push({ authconfig: { ...registryAccount, serveraddress: registry.host } })
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve())),
  )
  await docker.getImage(`${repo}:1`).remove()
  return `${repo}${digest}`
}
