import { appSpec, listFaults } from '@stevedore/contract'
import { describe, expect, test } from 'vitest'
import { appFields, engines, environmentFields } from './fields.ts'
import { readAt, renameAt, writeAt } from './spec-at.ts'

describe.each(engines)('on %s', (engine) => {
  const base = { app: 'shop', environments: { staging: { engine } } }
  const fields = environmentFields[engine].map((field) => ({
    ...field,
    path: ['environments', 'staging', ...field.path],
  }))

  test.each([...appFields, ...fields])('the field $word is one that a spec has, and takes its sample', (field) => {
    const { path, sample = '', isNumber } = field
    const parsed = appSpec.safeParse(writeAt(base, path, isNumber ? Number(sample) : sample))
    expect(parsed.success ? [] : listFaults(parsed.error).filter((fault) => fault.path.join() === path.join())).toEqual(
      [],
    )
    const odd = appSpec.safeParse(writeAt(base, path, { odd: [] }))
    const codes = odd.success ? [] : listFaults(odd.error).map(({ code }) => code)
    expect(codes.length).toBeGreaterThan(0)
    expect(codes).not.toContain('unknown-key')
  })
})

test('what a field no longer says leaves nothing behind', () => {
  const spec = writeAt(writeAt({ app: 'shop' }, ['source', 'git'], 'x'), ['source', 'ref'], 'main')
  expect(writeAt(spec, ['source', 'git'], undefined)).toEqual({ app: 'shop', source: { ref: 'main' } })
  expect(writeAt(writeAt(spec, ['source', 'git'], undefined), ['source', 'ref'], undefined)).toEqual({ app: 'shop' })
  expect(readAt(spec, ['source', 'git', 'deeper'])).toBeUndefined()
})

test('a new name keeps its place, and none is taken from another', () => {
  const spec = { environments: { a: 1, b: 2 } }
  expect(Object.entries(renameAt(spec, ['environments'], 'a', 'c').environments as object)).toEqual([
    ['c', 1],
    ['b', 2],
  ])
  expect(renameAt(spec, ['environments'], 'a', 'b')).toBe(spec)
})
