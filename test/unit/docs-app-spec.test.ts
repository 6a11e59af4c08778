import { appSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readGuide } from './docs-tables.ts'

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  oneOf?: Schema[]
}

function listKeys(schema: Schema): string[] {
  const inner = [schema.items, schema.additionalProperties, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [key, ...listKeys(value)])
  return [...own, ...inner.flatMap((value) => (typeof value === 'object' ? listKeys(value) : []))]
}

test('every key that a spec may have stands in the reference, and no other', () => {
  const known = new Set(listKeys(z.toJSONSchema(appSpec, { io: 'input', unrepresentable: 'any' }) as Schema))
  const [, reference = ''] = readGuide('app-spec.md').split('## The app\n')
  const mentioned = new Set(
    [...reference.matchAll(/`([a-zA-Z.]+)(?::[^`]*)?`/g)].flatMap(([, path = '']) => path.split('.')),
  )
  expect([...known].filter((key) => !mentioned.has(key))).toEqual([])
  const rows = [...reference.matchAll(/^\| `([a-zA-Z.]+)` \|/gm)].flatMap(([, path = '']) => path.split('.'))
  expect(rows.filter((key) => !known.has(key))).toEqual([])
})
