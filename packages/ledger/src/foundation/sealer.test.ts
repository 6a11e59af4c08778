import { expect, test } from 'vitest'
import { openSealer } from './sealer.ts'

const sealer = openSealer(Buffer.alloc(32, 1))
const place = { name: 'TOKEN', app: 'shop', environment: '' }

test('what was sealed opens, also when empty or long', () => {
  for (const value of ['', 'hunter2', 'ü😀'.repeat(10_000)])
    expect(sealer.open(place, sealer.seal(place, value))).toBe(value)
})

test('the same value is sealed differently each time, and has one fingerprint', () => {
  expect(sealer.seal(place, 'v').equals(sealer.seal(place, 'v'))).toBe(false)
  expect(sealer.fingerprint('v')).toBe(sealer.fingerprint('v'))
  expect(sealer.fingerprint('v')).not.toBe(openSealer(Buffer.alloc(32, 2)).fingerprint('v'))
})

test('a changed bit, another place or another key does not open', () => {
  const sealed = sealer.seal(place, 'hunter2')
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => sealer.open(place, changed)).toThrow()
  }
  for (const other of [{ name: 'OTHER' }, { app: 'x' }, { environment: 'staging' }])
    expect(() => sealer.open({ ...place, ...other }, sealed)).toThrow('does not open')
  expect(() => openSealer(Buffer.alloc(32, 2)).open(place, sealed)).toThrow('does not open')
  expect(() => sealer.open(place, Buffer.alloc(0))).toThrow()
  expect(() => sealer.open(place, sealed.subarray(0, 20))).toThrow()
})

test('no error says the value', () => {
  const sealed = openSealer(Buffer.alloc(32, 2)).seal(place, 'hunter2')
  expect(() => sealer.open(place, sealed)).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
  )
})

test('a short master key is refused', () => {
  expect(() => openSealer(Buffer.alloc(8))).toThrow(RangeError)
})
