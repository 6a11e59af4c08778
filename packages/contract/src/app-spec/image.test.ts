import { expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { appSpec, imageNameOf } from './app-spec.ts'

test('an app needs no registry, and its images go by its name unless another is given', () => {
  const spec = appSpec.parse({ app: 'shop' })
  expect(spec.image).toEqual({})
  expect(imageNameOf(spec)).toBe('shop')
  expect(imageNameOf(appSpec.parse({ app: 'shop', image: { name: 'acme/shop' } }))).toBe('acme/shop')
})

test('what is for a registry is refused where there is none', () => {
  const triggers = [{ on: 'push', do: ['build', 'push'] }]
  const parsed = appSpec.safeParse({ app: 'shop', image: { credential: 'LOGIN' }, triggers })
  expect(parsed.success ? [] : listFaults(parsed.error)).toMatchObject([
    { path: ['image', 'credential'], message: 'is for a registry: give image.registry as well' },
    { path: ['triggers', 0, 'do', 1], message: 'there is no image.registry to push to' },
  ])
})
