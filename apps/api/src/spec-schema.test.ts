import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { describeSpecFile } from './spec-schema.ts'

const { if: several, then, else: one, ...schema } = describeSpecFile()

/** What an editor would say, by a reading of JSON Schema that knows no `if`. */
function fits(file: object): boolean {
  const form = 'apps' in file ? then : one
  return z.fromJSONSchema({ ...schema, ...(form as object) }).safeParse(file).success
}

const root = join(import.meta.dirname, '../../..')
const files = globSync(['stevedore.yaml', 'examples/**/stevedore.yaml'], { cwd: root })
const read = (file: string) => parse(readFileSync(join(root, file), 'utf8'), { merge: true })

test('which form a file has shows in whether it has `apps`', () => {
  expect(several).toEqual({ required: ['apps'] })
  expect([then, one]).toEqual([{ $ref: '#/$defs/AppsSpecInput' }, { $ref: '#/$defs/AppSpecInput' }])
})

test('it refers to nothing but itself', () => {
  const names = Object.keys(schema.$defs as object)
  const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref)
  expect(refs.length).toBeGreaterThan(5)
  for (const ref of refs) expect(names).toContain(ref?.replace('#/$defs/', ''))
  expect(JSON.stringify(schema)).not.toContain('discriminator')
})

describe.each(files)('%s', (file) => {
  test('fits, also as one of several', () => {
    const { app, ...spec } = read(file)
    expect(fits({ app, ...spec })).toBe(true)
    expect(fits({ 'x-common': {}, apps: { [app]: { 'x-own': 1, ...spec }, other: { app: 'other', ...spec } } })).toBe(
      true,
    )
  })
})

test('what apply refuses of one does not fit, in either form', () => {
  const spec = { environments: { staging: { engine: 'docker', port: 8081, strategy: 'rolling' } } }
  expect(fits({ app: 'shop', ...spec })).toBe(true)
  for (const bad of [{ environment: {} }, { retain: { images: 0 } }, { source: { ref: 7 } }]) {
    expect(fits({ app: 'shop', ...bad })).toBe(false)
    expect(fits({ apps: { shop: { ...spec, ...bad } } })).toBe(false)
  }
  expect(fits({ app: 'shop', apps: { shop: spec } })).toBe(false)
})
