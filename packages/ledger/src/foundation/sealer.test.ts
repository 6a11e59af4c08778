import { expect, test } from 'vitest'
import { openSealer } from './sealer.ts'

const sealer = openSealer(Buffer.alloc(32, 1))
const identity = { name: 'TOKEN', app: 'shop', environment: '' }

test('what was sealed opens, also when empty or long', () => {
  for (const value of ['', 'hunter2', 'ü😀'.repeat(10_000)])
    expect(sealer.open(identity, sealer.seal(identity, value))).toBe(value)
})

test('the same value is sealed differently each time, and has one fingerprint', () => {
  expect(sealer.seal(identity, 'v').equals(sealer.seal(identity, 'v'))).toBe(false)
  expect(sealer.fingerprint('v')).toBe(sealer.fingerprint('v'))
  expect(sealer.fingerprint('v')).not.toBe(openSealer(Buffer.alloc(32, 2)).fingerprint('v'))
})

test('a changed bit, another secret or another key does not open', () => {
  const sealed = sealer.seal(identity, 'hunter2')
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => sealer.open(identity, changed)).toThrow()
  }
  for (const other of [{ name: 'OTHER' }, { app: 'x' }, { environment: 'staging' }])
    expect(() => sealer.open({ ...identity, ...other }, sealed)).toThrow('does not open')
  expect(() => openSealer(Buffer.alloc(32, 2)).open(identity, sealed)).toThrow('does not open')
  expect(() => sealer.open(identity, Buffer.alloc(0))).toThrow()
  expect(() => sealer.open(identity, sealed.subarray(0, 20))).toThrow()
})

test('no error says the value', () => {
  const sealed = openSealer(Buffer.alloc(32, 2)).seal(identity, 'hunter2')
  expect(() => sealer.open(identity, sealed)).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
  )
})

test('a short master key is refused', () => {
  expect(() => openSealer(Buffer.alloc(8))).toThrow(RangeError)
})
