import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Manifest } from '../client/kinds.ts'
import { copyManifests, exampleManifests, judgeExample } from './example-manifests.ts'
import { exampleRelease } from './example-release.ts'
import type { Fields } from './fields.ts'
import type { SourceObject } from './policy.ts'
import { type BaseManifests, rebaseDeployment, rebaseOthers } from './rebase.ts'
import { dropUnsaid } from './unsaid.ts'

/** Every object within the example that the table knows the fields of, as a path. */
const open = [
  'labels',
  'annotations',
  'data',
  'matchLabels',
  'requests',
  'limits',
  'nodeSelector',
  'selector',
  'podSelector',
  'namespaceSelector',
  'status',
]

function listObjects(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null || open.includes(String(path.at(-1)))) return []
  const inner = Object.entries(value).flatMap(([key, one]) =>
    listObjects(one, [...path, Array.isArray(value) ? Number(key) : key]),
  )
  return Array.isArray(value) ? inner : [path, ...inner]
}

const places = exampleManifests.flatMap((object, index) => listObjects(object).map((path) => ({ index, path })))

test('a field that no table knows is refused wherever it stands, and named', () => {
  const name = fc.string({ minLength: 1, maxLength: 30 }).map((text) => `x${text}`)
  const said = fc.jsonValue().filter((value) => value !== null)
  fc.assert(
    fc.property(fc.constantFrom(...places), name, said, ({ index, path }, key, value) => {
      const objects = copyManifests()
      const at = path.reduce<unknown>((inner, one) => (inner as Record<string, unknown>)[one], objects[index])
      Object.defineProperty(at, key, { value, enumerable: true })
      const violations = judgeExample(objects)
      expect(violations.length).toBeGreaterThan(0)
      // A part that is judged as a whole is refused as one.
      expect(violations[0]).toMatch(/ is not a field that manifests may have|labels|matchExpressions|may be/)
      expect(violations.join('\n')).toMatch(/^[\x20-\x7e\n…’]*$/)
    }),
    { numRuns: 2_000 },
  )
})

const keys = places.flatMap(({ index, path }) => {
  const at = path.reduce<unknown>((inner, one) => (inner as Record<string, unknown>)[one], exampleManifests[index])
  return Object.keys(at as object).map((key) => ({ index, path, key }))
})

/** What a release applies of the objects. */
function rebaseAll(objects: SourceObject[]) {
  const release = exampleRelease({ container: 'web' })
  const [deployment, ...others] = objects as unknown as [BaseManifests['deployment'], ...Manifest[]]
  const base = { deployment, others, hasIngress: true, isRemembered: false }
  return [rebaseDeployment(base, release, 'main', { minor: 30, envSecret: undefined }), ...rebaseOthers(base, release)]
}

test.each(keys)('null is as if left out, and never applied: %o', ({ index, path, key }) => {
  const [nulled, without] = [copyManifests(), copyManifests()]
  const at = (objects: SourceObject[]) =>
    path.reduce<unknown>((inner, one) => (inner as Record<string, unknown>)[one], objects[index]) as Fields
  Object.assign(at(nulled), { [key]: null })
  Reflect.deleteProperty(at(without), key)
  expect(judgeExample(nulled)).toEqual(judgeExample(without))
  if (judgeExample(nulled).length > 0) return
  const applied = rebaseAll(dropUnsaid(nulled))
  expect(applied).toEqual(rebaseAll(dropUnsaid(without)))
  expect(JSON.stringify(applied)).not.toContain(':null')
})

test('what is no manifest at all is refused, and never throws', () => {
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom(...exampleManifests), (anything, object) => {
      const objects = [{ ...object, spec: anything }, { ...object, metadata: anything }, anything] as SourceObject[]
      expect(judgeExample(objects).length).toBeGreaterThan(0)
    }),
    { numRuns: 500 },
  )
})
