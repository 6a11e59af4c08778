import { expect, test } from 'vitest'
import type { Manifest } from '../client/kinds.ts'
import { exampleRelease } from './example-release.ts'
import { buildRemembered, readRemembered } from './remembered.ts'

const release = exampleRelease()
const cron: Manifest = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'night' }, spec: {} }

test('what a revision brought is read back as it was', () => {
  const { object, mark } = buildRemembered(release, [cron])
  expect(object.metadata.name).toBe('shop-manifests-r3')
  expect(readRemembered(release, 3, mark, object)).toEqual([cron])
})

test.each([
  [undefined, 'is gone'],
  [{}, 'is gone'],
  [{ data: { objects: '[{"kind":"Pod"}]' } }, 'was changed'],
])('of %j nothing is brought', (found, why) => {
  const { mark } = buildRemembered(release, [cron])
  const told = expect.objectContaining({ code: 'needs-attention', diagnosis: expect.stringContaining(why) })
  expect(() => readRemembered(release, 3, mark, found)).toThrow(told)
})

test('more than the cluster keeps is refused', () => {
  const large = { ...cron, spec: { text: 'ä'.repeat(460_000) } }
  expect(() => buildRemembered(release, [large])).toThrow(expect.objectContaining({ code: 'manifests-invalid' }))
})
