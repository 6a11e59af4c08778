import { expect, test } from 'vitest'
import { buildClaims, type Claim } from './claims.ts'
import { buildDeployment } from './deployment.ts'
import { exampleRelease } from './example-release.ts'
import { objectLabels } from './labels.ts'
import { isAsked } from './lifecycle.ts'

const release = (volume: object = {}, settings: object = {}) =>
  exampleRelease({ volumes: { uploads: { path: '/data', size: '10Gi', ...volume } }, ...settings })

const present = (storage: string, more: object = {}): Claim => ({
  metadata: { name: 'shop.production.uploads', labels: objectLabels(release()) },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  ...more,
})

const sizeOf = (found: Claim) => buildClaims(release(), [found])[0]?.spec.resources?.requests?.storage

test('a volume is a claim of the place, which one node has', () => {
  expect(buildClaims(release(), [])).toEqual([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: 'shop.production.uploads',
        namespace: 'shops',
        labels: { ...objectLabels(release()), 'stevedore.io/volume': 'uploads' },
      },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
    },
  ])
  expect(buildClaims(release({ shared: true }), [])).toMatchObject([{ spec: { accessModes: ['ReadWriteMany'] } }])
})

test('a claim grows, and keeps what it has: a revision that asks for less is returned to all the same', () => {
  expect(sizeOf(present('5Gi'))).toBe('10Gi')
  expect(sizeOf(present('20Gi'))).toBe('20Gi')
  expect(sizeOf(present('1Pi'))).toBe('1Pi')
  expect(buildClaims(release({ shared: true }), [present('5Gi')])).toMatchObject([
    { spec: { accessModes: ['ReadWriteOnce'] } },
  ])
})

test('what has the name and is not the place’s is not taken over, whatever is forced', () => {
  const metadata = { name: 'shop.production.uploads' }
  const forced = release({}, { force: true })
  expect(() => buildClaims(forced, [present('5Gi', { metadata })])).toThrow(
    expect.objectContaining({ code: 'volume-taken' }),
  )
  const other = { ...metadata, labels: objectLabels({ app: 'other', environment: 'production' }) }
  expect(() => buildClaims(forced, [present('5Gi', { metadata: other })])).toThrow(
    expect.objectContaining({ code: 'volume-taken' }),
  )
})

test('its pods are replaced by stopping the old first, and write as a group', () => {
  const { spec } = buildDeployment(release(), 'main', { minor: 30, envSecret: undefined })
  expect(spec.strategy).toEqual({ type: 'Recreate' })
  const pod = spec.template.spec
  expect(pod.securityContext).toMatchObject({ runAsUser: 1000, fsGroup: 1000, fsGroupChangePolicy: 'OnRootMismatch' })
  const claim = { claimName: 'shop.production.uploads' }
  expect(pod.volumes).toEqual([{ name: 'volume-uploads', persistentVolumeClaim: claim }])
  expect(pod.containers[0]?.volumeMounts).toEqual([{ name: 'volume-uploads', mountPath: '/data' }])
})

test('a worker without a port may have a volume', () => {
  expect(isAsked(release().settings)).toBe(isAsked(exampleRelease().settings))
})
