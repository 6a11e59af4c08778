import type { EnvironmentView, ServiceView } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { describeServices } from './describe-services.ts'

const db: ServiceView = {
  name: 'db',
  revision: 2,
  image: `postgres:18@sha256:${'a'.repeat(64)}`,
  seen: { state: 'running', healthy: false, reason: 'connection refused' },
  changed: [],
  declared: true,
  jobId: '00000000-0000-4000-8000-000000000000',
  createdBy: 'token:ada',
  activatedAt: null,
}
const show = (...services: ServiceView[]) =>
  describeServices({ app: 'shop', environment: 'main', services } as unknown as EnvironmentView)

test('companions are told with their health, and how one is brought to what the spec says', () => {
  expect(show()).toBe('')
  const text = show(
    { ...db, changed: ['image', 'secrets.PASSWORD'] },
    { ...db, name: 'old', declared: false, seen: null },
  )
  expect(text).toMatch(/^COMPANION +REVISION +HEALTHY +STATE +IMAGE +NOTES/)
  expect(text).toMatch(/db +2 +no +running +postgres:18@sha256:aaaaaaaaaaaa… +connection refused/)
  expect(text).toMatch(/old +2 +- +- .*the spec no longer names it/)
  expect(text).toContain(
    'db differs in image, secrets.PASSWORD from the spec: change it by stevedore service update shop main db',
  )
})
