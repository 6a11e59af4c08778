import { expect, test } from 'vitest'
import { nameStatement } from './name-statements.ts'

test('a statement has a name from the second time on, the same for the same words', () => {
  expect(nameStatement({ text: 'select 1' })).toEqual({ text: 'select 1' })
  const { name } = nameStatement({ text: 'select 1' })
  expect(name).toMatch(/^.{1,63}$/)
  expect(nameStatement({ text: 'select 1' })).toEqual({ text: 'select 1', name })
  nameStatement({ text: 'select 2' })
  expect(nameStatement({ text: 'select 2' }).name).not.toBe(name)
})

test('its own name stays, and what is said in ever other words fills no memory of the server', () => {
  expect(nameStatement({ text: 'select 3', name: 'mine' }).name).toBe('mine')
  const named = new Set<string | undefined>()
  for (let n = 0; n < 2_000; n++) {
    nameStatement({ text: `select ${n} as n` })
    named.add(nameStatement({ text: `select ${n} as n` }).name)
  }
  expect(named.size).toBeLessThanOrEqual(401)
})
