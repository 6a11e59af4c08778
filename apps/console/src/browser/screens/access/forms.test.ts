import { expect, test } from 'vitest'
import { readSecret } from './secret-acts.ts'
import { readToken } from './token-acts.ts'

function fill(values: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(values)) form.set(name, value)
  return form
}

test('a token is asked for by what was filled in, and nothing that was left empty', () => {
  expect(
    readToken(fill({ name: ' ann ', role: 'approver', place: 'shop/production', person: '', expiresIn: '90d' })),
  ).toEqual({ name: 'ann', role: 'approver', app: 'shop', environment: 'production', expiresIn: '90d' })
  expect(readToken(fill({ name: 'ann', role: 'owner', place: '' }))).toEqual({ name: 'ann', role: 'viewer' })
})

test('a value is stored to the letter, with the line breaks that were typed', () => {
  expect(readSecret(fill({ value: ' a\r\nb ', hosts: 'ghcr.io, ,docker.io' }))).toEqual({
    value: ' a\nb ',
    hosts: ['ghcr.io', 'docker.io'],
  })
  expect(readSecret(fill({ value: 'x', hosts: '' }))).toEqual({ value: 'x' })
})
