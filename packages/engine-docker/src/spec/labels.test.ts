import { expect, test } from 'vitest'
import { containerName, nameLeaving, readName } from './labels.ts'

const id = '0123456789ab'.repeat(5)

test('no two places give a container the same name, nor do two installations', () => {
  const words = ['a', 'b', 'a-b', 'b-a', 'a-b-a', 'a-r1', 'r1-1', 'a-r1-1']
  const networks = [...words, 'a.b', 'a.b.a', 'a_b']
  const places = networks.flatMap((network) =>
    words.flatMap((app) => words.map((environment) => ({ network, app, environment }))),
  )
  const names = places.flatMap(({ network, ...place }) =>
    ([1, 11, 'migrate'] as const).map((part) => containerName(network, { ...place, revision: 1 }, part)),
  )
  const ofProcesses = places.flatMap(({ network, ...place }) =>
    words.map((process) => containerName(network, { ...place, revision: 1, process }, 1)),
  )
  expect(new Set([...names, ...ofProcesses]).size).toBe(places.length * (3 + words.length))
})

test.each([
  ['shop', 'staging'],
  ['leaving', 'staging'],
  ['shop', 'leaving'],
  ['a-leaving-b', `c-leaving-${id.slice(0, 12)}`],
])('a replica of %s in %s leaves once it was told to, whatever they are called', (app, environment) => {
  const name = containerName('stevedore', { app, environment, revision: 3 }, 1)
  expect(readName(name)).toEqual({ part: '1', leaving: false })
  expect(readName(nameLeaving(name, id))).toEqual({ part: '1', leaving: true })
})
