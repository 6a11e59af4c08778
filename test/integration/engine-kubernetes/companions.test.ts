import type { RecordedService } from '@stevedore/contract'
import { openService, type Release } from '@stevedore/engine'
import { openJob } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeOthers } from './others.ts'
import { openPlace } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

/** Tells what it was given, and takes connections until it is told to end. */
const serve = 'echo "key $KEY level $LEVEL"; httpd -f -p 6000 & trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'
const works = { port: 6000, command: ['sh', '-c', serve], stopTimeout: '5s' }

describe.skipIf(lacks(...stageComponents))('companions on Kubernetes', { timeout: 400_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  const image = () => `example.com/db@sha256:${'a'.repeat(64)}`

  function open(service: object = {}, settings: object = {}) {
    const harness = openPlace(stage, {
      settings: { services: { db: { image: image(), ...works, ...service } }, ...settings },
    })
    const { app } = harness.place
    return {
      ...harness,
      app,
      release: (revision: number): Release => harness.makeRelease({ revision, behaviour: 'healthy' }),
      /** Of the image of the tests' app. */
      companion(revision: number, more: Partial<Release> = {}): Release {
        const release = harness.makeRelease({ revision, behaviour: 'healthy' })
        const recorded = release.settings.services?.db as RecordedService
        return {
          ...release,
          ...openService(release, { name: 'db', revision, settings: recorded }),
          image: stage.image,
          ...more,
        }
      },
      see: async () => {
        const { services = [], drift } = await stage.engine.observe(harness.place, AbortSignal.timeout(30_000))
        return { services, drift: drift.map(({ field }) => field) }
      },
      read: async (kind: string, name: string) => JSON.parse(await stage.kubectl(['get', kind, name, '-o', 'json'])),
      exists: async (kind: string, name: string) =>
        (await stage.kubectl(['get', kind, name, '--ignore-not-found', '-o', 'name'])).trim() !== '',
      async logs(): Promise<string> {
        const lines: string[] = []
        const asked = { follow: false, tailLines: 10, process: 'db' }
        for await (const line of stage.engine.logs(harness.place, asked, AbortSignal.timeout(30_000))) lines.push(line)
        return lines.join('\n')
      },
    }
  }

  const readQuota = () => stage.kubectl(['get', 'quota', 'tight', '-o', 'jsonpath={.status.used.pods}'])

  const start = (companion: Release) => stage.engine.startService!(companion, openJob())

  async function deploy(release: Release): Promise<void> {
    await stage.engine.prepare(release, openJob())
    await stage.engine.roll(release, openJob())
    await stage.engine.finalize(release, [], openJob())
  }

  test('each environment of a namespace finds its own under the same name, and it has secrets that no other reads', async () => {
    const [one, two] = [open({ secrets: ['KEY'], env: { LEVEL: 'own' } }), open()]
    await start(one.companion(1, { secrets: { KEY: 'first' } }))
    await start(two.companion(1))
    await deploy(one.release(1))
    await deploy(two.release(1))
    expect(await one.logs()).toContain('key first level own')
    for (const { app, read, see } of [one, two]) {
      const { clusterIP } = (await read('service', `${app}--db`)).spec
      const { hostAliases } = (await read('deployment', app)).spec.template.spec
      expect(hostAliases).toEqual([{ ip: clusterIP, hostnames: ['db'] }])
      const asked = ['exec', `deployment/${app}`, '--', 'wget', '-q', '-O', '-', 'http://db:6000/']
      // It has no such page, and says so: whoever does not find it says another thing.
      await expect(stage.kubectl(asked)).rejects.toThrow('404')
      expect(await see()).toMatchObject({ services: [{ name: 'db', revision: 1, healthy: true }], drift: [] })
    }
    await start(one.companion(2, { secrets: { KEY: 'second' } }))
    expect(await one.logs()).toContain('key second')
    await stage.engine.remove(one.place, openJob(), { withData: true })
    for (const kind of ['statefulset', 'service', 'serviceaccount', 'networkpolicy'])
      expect(await one.exists(kind, `${one.app}--db`), kind).toBe(false)
    expect(await one.exists('secret', `${one.app}--db-env`)).toBe(false)
    expect((await two.see()).services).toMatchObject([{ healthy: true }])
  })

  test('companions of an environment find each other by their names, whichever was made first', async () => {
    const services = { cache: { image: image(), ...works }, db: { image: image(), ...works } }
    const harness = openPlace(stage, { settings: { services } })
    const { app } = harness.place
    const release = harness.makeRelease({ revision: 1, behaviour: 'healthy' })
    for (const name of ['cache', 'db']) {
      const settings = release.settings.services?.[name] as RecordedService
      await start({ ...release, ...openService(release, { name, revision: 1, settings }), image: stage.image })
    }
    for (const [from, to] of [
      ['cache', 'db'],
      ['db', 'cache'],
    ]) {
      const asked = ['exec', `${app}--${from}-0`, '--', 'wget', '-q', '-O', '-', `http://${to}:6000/`]
      await expect(stage.kubectl(asked), `${from} finds ${to}`).rejects.toThrow('404')
    }
    expect((await stage.engine.observe(release, AbortSignal.timeout(30_000))).drift).toEqual([])
    await stage.engine.remove(harness.place, openJob(), { withData: true })
    const left = ['get', 'statefulsets,services,serviceaccounts', '-l', `stevedore.io/app=${app}`, '-o', 'name']
    expect((await stage.kubectl(left)).trim()).toBe('')
  })

  test('what has its names and is another’s is left alone, by a deploy and by a change', async () => {
    const place = open()
    await stage.kubectl(['create', 'service', 'clusterip', `${place.app}--db`, '--tcp=1:1'])
    const refused = { code: 'policy-violation', diagnosis: expect.stringContaining(`Service ${place.app}--db`) }
    await expect(stage.engine.prepare(place.release(1), openJob())).rejects.toMatchObject(refused)
    await expect(stage.engine.preview(place.release(1), AbortSignal.timeout(30_000))).rejects.toMatchObject(refused)
    await expect(start(place.companion(1))).rejects.toMatchObject(refused)
    expect(await place.exists('statefulset', `${place.app}--db`)).toBe(false)
    await stage.engine.remove(place.place, openJob())
    expect(await place.exists('service', `${place.app}--db`)).toBe(true)
  })

  test('a Secret object of others is neither overwritten nor removed, and one that is no longer asked for goes', async () => {
    const place = open({ secrets: ['KEY'] })
    const { app, companion, exists } = place
    const make = (name: string) => stage.kubectl(['create', 'secret', 'generic', name, '--from-literal=KEY=theirs'])
    await make(`${app}--db-env`)
    const refused = { code: 'field-conflict' }
    await expect(start(companion(1, { secrets: { KEY: 'ours' } }))).rejects.toMatchObject(refused)
    await stage.engine.remove(place.place, openJob())
    expect(await exists('secret', `${app}--db-env`)).toBe(true)
    await stage.kubectl(['delete', 'secret', `${app}--db-env`])
    await make(`${app}--db-pull`)
    await start(companion(1, { secrets: { KEY: 'ours' } }))
    const { settings } = companion(2)
    await start(companion(2, { settings: { ...settings, secrets: [] } }))
    expect(await exists('secret', `${app}--db-env`)).toBe(false)
    await stage.engine.remove(place.place, openJob())
    expect(await exists('secret', `${app}--db-pull`)).toBe(true)
  })

  test('what was said of a pod of the same name before is not taken for its own', async () => {
    const place = open()
    await start(place.companion(1))
    const { uid } = (await place.read('pod', `${place.app}--db-0`)).metadata
    const said = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${place.app}.former` },
      involvedObject: {
        kind: 'Pod',
        name: `${place.app}--db-0`,
        namespace: stage.namespace,
        uid: 'f'.repeat(uid.length),
      },
      reason: 'FailedMount',
      message: 'secret "former" not found',
      type: 'Warning',
      lastTimestamp: new Date().toISOString(),
    }
    await stage.kubectl(['apply', '-f', '-'], JSON.stringify(said))
    await start(place.companion(2))
    expect((await place.see()).services).toMatchObject([{ revision: 2, healthy: true }])
  })

  test('an adopted Deployment has none', async () => {
    await makeOthers(stage, { name: 'adopted-without', image: stage.image, replicas: 1 })
    const place = open({}, { deployment: 'adopted-without' })
    const refused = { code: 'policy-violation', diagnosis: expect.stringContaining('leave services out') }
    await expect(stage.engine.prepare(place.release(1), openJob())).rejects.toMatchObject(refused)
  })

  test('one that came up once is left where it is, whatever becomes of it; one that never did goes', async () => {
    const place = open({ health: { steadyInterval: '1s', deadline: '20s' } })
    await start(place.companion(1))
    // As somebody would who tries something: no pod of that template is ever ready.
    const wrong = [{ op: 'replace', path: '/spec/template/spec/containers/0/command', value: ['sleep', '3600'] }]
    await stage.kubectl(['patch', 'statefulset', `${place.app}--db`, '--type=json', '-p', JSON.stringify(wrong)])
    await stage.kubectl(['delete', 'pod', `${place.app}--db-0`])
    await expect(start(place.companion(1))).rejects.toMatchObject({ code: 'never-healthy' })
    expect((await place.see()).services).toMatchObject([{ revision: 1, healthy: false }])
    const missing = { image: stage.image.replace(/[0-9a-f]{64}$/, 'd'.repeat(64)) }
    await expect(start(place.companion(2, missing))).rejects.toMatchObject({ code: 'image-missing' })
    expect((await place.see()).services).toEqual([])
    await start(place.companion(1))
    expect((await place.see()).services).toMatchObject([{ revision: 1, healthy: true }])
  })

  test('what a hand took away of it is drift, and the next deploy brings it back', async () => {
    const place = open()
    await start(place.companion(1))
    await deploy(place.release(1))
    await stage.kubectl(['scale', 'statefulset', `${place.app}--db`, '--replicas=0'])
    await stage.kubectl(['delete', 'service', `${place.app}--db`])
    await expect
      .poll(async () => (await place.see()).drift, { timeout: 30_000 })
      .toEqual([`StatefulSet ${place.app}--db spec.replicas`, `Service ${place.app}--db`])
    await start(place.companion(1))
    const { services, drift } = await place.see()
    expect(services).toMatchObject([{ revision: 1, healthy: true }])
    // The pods that serve know the former address until they are replaced.
    expect(drift).toEqual(['address of db'])
    await deploy(place.release(2))
    expect((await place.see()).drift).toEqual([])
  })

  test('what the cluster makes no pod of is found out before the one that runs is stopped, which leaves its room', async () => {
    const [place, other] = [open(), open()]
    await start(place.companion(1))
    const { settings } = place.companion(2)
    const resources = { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } }
    const wrong = { settings: { ...settings, resources } } as Partial<Release>
    await expect(start(place.companion(2, wrong))).rejects.toMatchObject({
      diagnosis: expect.stringContaining('memory'),
    })
    expect((await place.see()).services).toMatchObject([{ revision: 1, healthy: true }])
    const count = JSON.parse(await stage.kubectl(['get', 'pods', '-o', 'json'])).items.length
    await stage.kubectl(['create', 'quota', 'tight', `--hard=pods=${count}`])
    try {
      await expect.poll(() => readQuota(), { timeout: 30_000 }).toBe(String(count))
      await expect(start(other.companion(1))).rejects.toMatchObject({ code: 'quota-exceeded' })
      expect((await other.see()).services).toEqual([])
      await start(place.companion(3))
      expect((await place.see()).services).toMatchObject([{ revision: 3, healthy: true }])
    } finally {
      await stage.kubectl(['delete', 'quota', 'tight'])
    }
  })

  test('where the Role is from before, an environment without any is looked at as ever, and one with some says what lacks', async () => {
    const before = JSON.parse(await stage.kubectl(['get', 'role', 'stevedore', '-o', 'json']))
    const grant = (rules: unknown[]) =>
      stage.kubectl(['patch', 'role', 'stevedore', '--type=merge', '-p', JSON.stringify({ rules })])
    await grant(before.rules.filter(({ resources }: { resources: string[] }) => !resources.includes('statefulsets')))
    try {
      const plain = openPlace(stage, {})
      expect(await stage.engine.observe(plain.place, AbortSignal.timeout(30_000))).not.toHaveProperty('services')
      await stage.engine.remove(plain.place, openJob())
      const lacking = { code: 'forbidden-by-cluster', diagnosis: expect.stringContaining('create statefulsets.apps') }
      await expect(start(open().companion(1))).rejects.toMatchObject(lacking)
    } finally {
      await grant(before.rules)
    }
  })
})
