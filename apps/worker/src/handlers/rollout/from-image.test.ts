import { environmentSpec } from '@stevedore/contract'
import type { ImageConfig } from '@stevedore/engine'
import { expect, test } from 'vitest'
import { chooseFromImage } from './from-image.ts'

const health = { command: ['curl', '-f', 'localhost'], timeoutMs: 5_000 }
const choose = (settings: object, image: Partial<ImageConfig>) =>
  chooseFromImage(environmentSpec.parse({ engine: 'docker', ...settings }), {
    user: 0,
    group: undefined,
    health: undefined,
    ports: [],
    ...image,
  })

test.each([
  [{}, { user: 101 }, { user: 101 }],
  [{}, { user: 1001, group: 0 }, { user: 1001, group: 0 }],
  [{}, { user: 'node' }, { user: 'node' }],
  [{ user: 5 }, { user: 101 }, {}],
  [{}, { user: 0 }, {}],
  [{ allowRoot: true }, { user: 0 }, { user: 0 }],
  [{ allowRoot: true }, { user: 101 }, { user: 101 }],
  [{ user: 5, allowRoot: true }, { user: 0 }, {}],
])('with %j an image of %j is run as %j', (settings, image, taken) => {
  expect(choose(settings, image)).toEqual(taken)
})

test('a HEALTHCHECK is taken where the spec asks nothing', () => {
  expect(choose({}, { health })).toEqual({ health: { command: health.command, timeout: '5000ms' } })
  expect(choose({}, { health: { ...health, timeoutMs: 600_000 } }).health?.timeout).toBe('60000ms')
  expect(choose({}, { health: { ...health, timeoutMs: undefined } }).health?.timeout).toBe('30000ms')
  for (const own of [{ path: '/' }, { command: ['true'] }]) expect(choose({ health: own }, { health })).toEqual({})
})

test.each([
  [{}, [8080], { port: 8080 }],
  [{}, [80, 443], {}],
  [{ containerPort: 80 }, [80, 443], { port: 80 }],
  [{ command: ['work'] }, [8080], {}],
  [{ args: ['work'] }, [8080], {}],
])('on a cluster what names %j has of an image that EXPOSEs %j: %j', (settings, ports, taken) => {
  expect(choose({ engine: 'kubernetes', namespace: 'shop', ...settings }, { ports })).toEqual(taken)
})

test('on Docker only a way in says that something is to listen', () => {
  expect(choose({}, { ports: [8080] })).toEqual({})
})
