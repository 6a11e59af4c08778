import { version } from '@stevedore/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deriveVersion } from './version.ts'

const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...'aZ0._-/+@ \n\0'), maxLength: 200 }),
)

test('whatever a tag is called, its version is one that an image can have, or none', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const derived = deriveVersion(name)
      expect(derived === undefined || version.safeParse(derived).success).toBe(true)
    }),
  )
})

test('the version of a version is itself', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const derived = deriveVersion(name)
      fc.pre(derived !== undefined)
      expect(deriveVersion(derived)).toBe(derived)
    }),
  )
})

test('a name that could be a version is taken as it stands', () => {
  const plain = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/)
  fc.assert(
    fc.property(plain, (name) => {
      fc.pre(name !== 'latest')
      expect(deriveVersion(name)).toBe(name)
    }),
  )
})
