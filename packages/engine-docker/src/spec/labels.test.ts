import { expect, test } from 'vitest'
import { containerName, nameLeaving, readName } from './labels.ts'

const id = '0123456789ab'.repeat(5)

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
