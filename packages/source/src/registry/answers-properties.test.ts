import { FailureError } from '@stevedore/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readManifest } from './manifest.ts'
import { parseReference, splitReference } from './reference.ts'

/* What holds of the names of images, and of what a registry answers, whatever it is. */
const host = fc.constantFrom('registry.example.com', 'localhost:5000', '10.0.0.1', '[::1]:5000', 'docker.io')
const name = fc.stringMatching(/^[a-z0-9]+([._-][a-z0-9]+)*(\/[a-z0-9]+)*$/)
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,60}$/)
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`)
const anyText = fc.string({ unit: fc.constantFrom(...'a/.:@-_ \n\0é0'), maxLength: 40 })

test('a reference is read as it is written', () => {
  fc.assert(
    fc.property(host, name, tag, digest, (registry, path, version, hash) => {
      const repository = `${registry}/${path}`
      const parts = { registry, name: path, repository }
      expect(parseReference(`${repository}:${version}`)).toEqual({ ...parts, tag: version, digest: undefined })
      expect(parseReference(`${repository}@${hash}`)).toEqual({ ...parts, tag: undefined, digest: hash })
      expect(splitReference(`${repository}:${version}`)).toEqual({ repository, tag: version })
    }),
  )
})

test('any other text is read in parts that it is made of, or is a RangeError', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      try {
        const { repository, tag: version, digest: hash } = parseReference(text)
        expect(text.startsWith(hash === undefined ? `${repository}:${version}` : `${repository}@${hash}`)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }),
  )
})

const odd = fc.jsonValue({ maxDepth: 3 })
const listed = fc.oneof(
  odd,
  fc.record({
    digest: fc.oneof(digest, odd),
    platform: fc.oneof(odd, fc.record({ os: fc.constant('linux'), architecture: odd })),
  }),
)
const manifest = fc.record(
  {
    schemaVersion: fc.constantFrom(2, 1, '2'),
    config: fc.oneof(odd, fc.record({ digest: fc.oneof(digest, odd) })),
    manifests: fc.oneof(odd, fc.array(listed)),
  },
  { requiredKeys: [] },
)
const answer = fc.oneof(
  { weight: 3, arbitrary: manifest.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)

test('whatever a registry answers is a manifest whose digests are some, or a failure of the registry', () => {
  const reference = parseReference('registry.example.com/acme/shop:1')
  fc.assert(
    fc.property(answer, (text) => {
      try {
        const {
          digest: own,
          configDigest,
          mainDigest,
        } = readManifest(reference, { headers: {}, body: Buffer.from(text) })
        for (const found of [own, configDigest, mainDigest])
          expect(found === undefined || /^sha256:[0-9a-f]{64}$/.test(found)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(FailureError)
        expect(error).toMatchObject({ code: expect.stringMatching(/^(registry-refused|digest-mismatch)$/) })
      }
    }),
    { numRuns: 500 },
  )
})
