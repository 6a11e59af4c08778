import { expect, test } from 'vitest'
import { pickAddress } from './address.ts'

test('addresses stay inside the range, clear of the gateway and the broadcast address', () => {
  expect(pickAddress('172.18.0.0/16', () => 0)).toBe('172.18.0.16')
  expect(pickAddress('172.18.0.0/16', () => 0.999_999)).toBe('172.18.255.254')
  expect(pickAddress('10.0.0.0/24', () => 0.999)).toBe('10.0.0.254')
})
