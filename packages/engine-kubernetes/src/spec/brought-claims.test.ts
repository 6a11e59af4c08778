import { expect, test } from 'vitest'
import type { ManifestOf } from '../client/kinds.ts'
import { buildBroughtClaims } from './brought-claims.ts'
import type { Claim } from './claims.ts'
import { exampleRelease } from './example-release.ts'

const release = exampleRelease()
const own = {
  'app.kubernetes.io/managed-by': 'stevedore',
  'app.kubernetes.io/name': 'shop',
  'stevedore.io/app': 'shop',
  'stevedore.io/environment': 'production',
}

function claim(spec: object = {}): ManifestOf<'PersistentVolumeClaim'> {
  const resources = { requests: { storage: '1Gi' } }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'files' },
    spec: { accessModes: ['ReadWriteOnce'], resources, ...spec },
  }
}

function present(spec: object = {}, labels: Record<string, string> = own): Claim {
  const { metadata, spec: written } = claim(spec)
  return { metadata: { ...metadata, labels }, spec: { storageClassName: 'fast', volumeMode: 'Filesystem', ...written } }
}

const build = (wanted: object, ...found: Claim[]) => buildBroughtClaims([claim(wanted)], release, found)[0]

test('one that is not there is made as it is written, as the environment’s', () => {
  expect(build({})).toMatchObject({
    metadata: { name: 'files', namespace: 'shops', labels: { ...own, 'stevedore.io/volume': 'files' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  })
})

test('one that is there grows, and never shrinks', () => {
  const size = (storage: string) => ({ resources: { requests: { storage } } })
  expect(build(size('2Gi'), present())?.spec.resources?.requests).toEqual({ storage: '2Gi' })
  expect(build(size('512Mi'), present())?.spec.resources?.requests).toEqual({ storage: '1Gi' })
  expect(build({}, present())?.spec).toMatchObject({ storageClassName: 'fast', volumeMode: 'Filesystem' })
})

test.each([
  [{ accessModes: ['ReadWriteMany'] }, 'accessModes ReadWriteOnce cannot become ReadWriteMany'],
  [{ accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] }, 'cannot become ReadOnlyMany, ReadWriteOnce'],
  [{ storageClassName: 'slow' }, 'storageClassName fast cannot become slow'],
])('it does not become another by %j', (wanted, why) => {
  expect(() => build(wanted, present())).toThrow(
    expect.objectContaining({ code: 'volume-fixed', diagnosis: expect.stringContaining(why) }),
  )
})

test.each([{}, { ...own, 'stevedore.io/environment': 'staging' }, { ...own, 'stevedore.io/app': 'payments' }])(
  'one of others (%j) is left to them',
  (labels) => {
    expect(() => build({}, present({}, labels))).toThrow(expect.objectContaining({ code: 'volume-taken' }))
  },
)
