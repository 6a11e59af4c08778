import { expect, test } from 'vitest'
import { deriveVersion } from './version.ts'

test.each([
  ['v1.2.0', 'v1.2.0'],
  ['@acme/web@1.2.3', 'acme-web-1.2.3'],
  ['release/2026+1', 'release-2026-1'],
  ['v1.2.0-3-g0a1b2c3', 'v1.2.0-3-g0a1b2c3'],
  [`@acme/${'a-long-name-'.repeat(8)}@1.2.3`, expect.stringMatching(/^.{1,63}$/)],
  [`@acme/${'a-long-name-'.repeat(8)}@1.2.3`, expect.stringMatching(/-1\.2\.3$/)],
  ['latest', undefined],
  ['版本', undefined],
])('the tag %s is the version %s', (tag, version) => {
  expect(deriveVersion(tag)).toEqual(version)
})
