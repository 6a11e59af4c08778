import { environmentSpec, type RecordedService } from '@stevedore/contract'
import { openService } from '@stevedore/engine'
import { expect, test } from 'vitest'
import {
  buildCompanion,
  buildCompanionSupport,
  listCompanionSecrets,
  nameCompanion,
  openCompanion,
} from './companions.ts'
import { buildPodTemplate } from './deployment.ts'
import { exampleRelease } from './example-release.ts'
import { buildJob } from './job.ts'
import type { KubernetesRelease } from './place.ts'
import { buildProcess } from './processes.ts'

const facts = { minor: 20, envSecret: undefined, defaultMemory: '1Gi' }
const image = `docker.io/library/postgres@sha256:${'a'.repeat(64)}`

/** A companion `db` of the example, as an engine is given it. */
function exampleCompanion(service: object = {}, settings: object = {}, more: object = {}): KubernetesRelease {
  const declared = { db: { image: image.replace('@', ':18@'), port: 5432, ...service } }
  const release = exampleRelease({ ...settings, services: declared }, more)
  const recorded = release.settings.services?.db as RecordedService
  const opened = openService(release, { name: 'db', revision: 7, settings: recorded })
  return openCompanion({ ...release, ...opened, settings: opened.settings as KubernetesRelease['settings'] })
}

const podLabels = {
  'stevedore.io/app': 'shop',
  'stevedore.io/service-of': 'production',
  'stevedore.io/service': 'db',
}

test('a companion is one pod at most, of its image, user, variables and volume, and nothing of the app’s', () => {
  const service = {
    ...{ user: 999, env: { LEVEL: 'own' }, secrets: ['PASSWORD'], command: ['postgres'], args: ['-c', 'x=1'] },
    ...{ volume: { path: '/data', size: '1Gi' }, capabilities: ['CHOWN'], writablePaths: ['/run/db'] },
    ...{ stopTimeout: '45s', resources: { limits: { memory: '2Gi' } } },
  }
  const own = exampleCompanion(service, {
    env: { LEVEL: 'app' },
    secrets: ['URL'],
    networkPolicy: { to: [{ app: 'x' }] },
  })
  const { metadata, spec } = buildCompanion(own, facts)
  expect(metadata).toMatchObject({ name: 'shop--db', namespace: 'shops' })
  expect(metadata.labels).toMatchObject({ 'stevedore.io/environment': 'production', 'stevedore.io/revision': '7' })
  expect(spec).toMatchObject({ replicas: 1, serviceName: 'shop--db', updateStrategy: { type: 'OnDelete' } })
  expect(spec.selector.matchLabels).toEqual(podLabels)
  const { containers, volumes, securityContext, ...pod } = spec.template.spec
  expect(pod).toEqual({
    serviceAccountName: 'shop--db',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 45,
  })
  expect(securityContext).toMatchObject({ runAsUser: 999, runAsGroup: 999, fsGroup: 999, runAsNonRoot: true })
  expect(volumes).toEqual([
    { name: 'writable-0', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    { name: 'volume-db-data', persistentVolumeClaim: { claimName: 'shop.production.db.data' } },
  ])
  expect(containers).toEqual([
    {
      name: 'db',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['postgres'],
      args: ['-c', 'x=1'],
      ports: [{ containerPort: 5432, protocol: 'TCP' }],
      env: [
        { name: 'LEVEL', value: 'own' },
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'shop--db-env', key: 'PASSWORD' } } },
      ],
      startupProbe: expect.objectContaining({ tcpSocket: { port: 5432 }, periodSeconds: 1, timeoutSeconds: 5 }),
      readinessProbe: expect.objectContaining({ tcpSocket: { port: 5432 }, periodSeconds: 10 }),
      resources: { limits: { memory: '2Gi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        privileged: false,
        readOnlyRootFilesystem: false,
        capabilities: { drop: ['ALL'], add: ['CHOWN'] },
      },
      volumeMounts: [
        { name: 'writable-0', mountPath: '/run/db' },
        { name: 'volume-db-data', mountPath: '/data' },
      ],
    },
  ])
})

test.each<[string, object, object]>([
  ['the command of its health', { health: { command: ['pg_isready'] } }, { exec: { command: ['pg_isready'] } }],
  ['its port', {}, { tcpSocket: { port: 5432 } }],
])('%s becomes its probes', (_name, service, probe) => {
  const [container] = buildCompanion(exampleCompanion(service), facts).spec.template.spec.containers
  expect(container?.startupProbe).toMatchObject(probe)
  expect(container?.readinessProbe).toMatchObject(probe)
})

test('what its image is asked by is preferred to the port', () => {
  const own = exampleCompanion()
  const settings = { ...own.settings, fromImage: { health: { command: ['own-check'] } } }
  const [container] = buildCompanion({ ...own, settings }, facts).spec.template.spec.containers
  expect(container?.readinessProbe).toMatchObject({ exec: { command: ['own-check'] } })
})

test('what its pod needs: claim, Secret, credential, account, policy and Service, each known for the companion’s', () => {
  const credential = { username: 'u', password: 'p' }
  const service = { secrets: ['PASSWORD'], volume: { path: '/data', size: '1Gi' } }
  const own = exampleCompanion(service, {}, { secrets: { PASSWORD: 'x' }, credential })
  const all = buildCompanionSupport(own, [])
  expect(all.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'ServiceAccount shop--db',
    'PersistentVolumeClaim shop.production.db.data',
    'Secret shop--db-env',
    'Secret shop--db-pull',
    'NetworkPolicy shop--db',
    'Service shop--db',
  ])
  for (const { metadata } of all)
    expect(metadata.labels).toMatchObject({
      ...{ 'stevedore.io/app': 'shop', 'stevedore.io/environment': 'production', 'stevedore.io/service': 'db' },
    })
  // A deploy removes policies of revisions that are gone: this is of none.
  expect(all.at(-2)?.metadata.labels).not.toHaveProperty('stevedore.io/revision')
  expect(all[2]).toMatchObject({ data: { PASSWORD: 'eA==' } })
  expect(all[2]).not.toHaveProperty('immutable')
  expect(listCompanionSecrets(all[0]!)).toEqual(['shop--db-env', 'shop--db-pull'])
  expect(listCompanionSecrets(buildCompanionSupport(exampleCompanion(), [])[0]!)).toEqual([])
  expect(all.at(-1)?.spec).toEqual({
    type: 'ClusterIP',
    selector: podLabels,
    ports: [{ name: 'service', port: 5432, targetPort: 5432, protocol: 'TCP' }],
  })
})

test('its policy lets in the pods of its environment, jobs among them, and of no other', () => {
  const policy = buildCompanionSupport(exampleCompanion(), []).find(({ kind }) => kind === 'NetworkPolicy')
  const spec = policy?.spec as { ingress: { from: { podSelector: { matchLabels: object } }[] }[] }
  const callers = Object.entries(spec.ingress[0]?.from[0]?.podSelector.matchLabels ?? {})
  expect(spec).toMatchObject({ podSelector: { matchLabels: podLabels }, policyTypes: ['Ingress'] })
  const services = { db: { image, port: 5432 } }
  const labelsIn = (environment: string, given: object): (Record<string, string> | undefined)[] => {
    const release = exampleRelease({ ...given, processes: { worker: { command: ['work'] } } }, { environment })
    const template = buildPodTemplate(release, 'main', facts)
    const job = buildJob(release, template, { role: 'migrate', command: ['x'], timeoutSeconds: 1 })
    const process = buildProcess(release, 'worker', facts).spec.template
    return [template, job.spec.template, process].map(({ metadata }) => metadata?.labels)
  }
  const isLetIn = (labels: Record<string, string> = {}) => callers.every(([key, value]) => labels[key] === value)
  expect(labelsIn('production', { services }).map(isLetIn)).toEqual([true, true, true])
  expect(labelsIn('staging', { services }).map(isLetIn)).toEqual([false, false, false])
  expect(labelsIn('production', {}).map(isLetIn)).toEqual([false, false, false])
})

test('the app’s pods know where it is, and those of an environment without are as they were', () => {
  const aliases = [{ ip: '10.96.0.9', hostnames: ['db'] }]
  expect(buildPodTemplate(exampleRelease(), 'main', { ...facts, aliases }).spec.hostAliases).toEqual(aliases)
  const plain = buildPodTemplate(exampleRelease(), 'main', { ...facts, aliases: [] })
  expect(plain).toEqual(buildPodTemplate(exampleRelease(), 'main', facts))
  expect(plain.spec).not.toHaveProperty('hostAliases')
  expect(plain.metadata?.labels).not.toHaveProperty('stevedore.io/reaches')
})

test('no two companions of different places are called alike, and none is called so that a pod’s labels could not hold it', () => {
  const name = (app: string, companion: string, deployment?: string) => {
    const settings = environmentSpec.parse({ engine: 'kubernetes', namespace: 'shops', deployment })
    return nameCompanion({ app, settings } as KubernetesRelease, companion)
  }
  expect(name('shop', 'db')).toBe('shop--db')
  expect(name('a-b', 'c')).not.toBe(name('a', 'b-c'))
  expect(name('shop', 'db', 'shop-staging')).toBe('shop-staging--db')
  const [long, other] = ['a', 'b'].map((end) => name('a'.repeat(40), `${'b'.repeat(38)}${end}`))
  expect(long).toMatch(/^[a-z][a-z0-9-]{51}$/)
  expect(long).not.toBe(other)
})
