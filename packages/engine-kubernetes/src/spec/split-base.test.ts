import { expect, test } from 'vitest'
import type { Manifest } from '../client/kinds.ts'
import { exampleRelease } from './example-release.ts'
import { splitBase } from './split-base.ts'

function deployment(name: string, app = name): Manifest {
  const template = { metadata: { labels: { app } }, spec: { containers: [{ name: 'web' }] } }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { template } }
}

const service = (name: string, app: string): Manifest => {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app } } }
}

const cron = (name: string): Manifest => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: {} })

function serving(objects: Manifest[], settings: object = {}): string {
  try {
    return splitBase(objects, exampleRelease(settings)).deployment.metadata.name
  } catch (error) {
    expect(error).toMatchObject({ code: 'manifests-invalid' })
    return String((error as { diagnosis?: string }).diagnosis)
  }
}

test('the only Deployment serves, whatever it is called', () => {
  expect(serving([deployment('front')])).toBe('front')
  expect(serving([deployment('front'), cron('night')])).toBe('front')
})

test('of several the one serves that the environment’s Service leads to', () => {
  expect(serving([deployment('a'), deployment('b'), service('shop', 'b')])).toBe('b')
  expect(serving([deployment('a'), deployment('b'), service('way-in', 'b')], { service: 'way-in' })).toBe('b')
})

test('else the one of the environment’s name', () => {
  expect(serving([deployment('a'), deployment('shop')])).toBe('shop')
  expect(serving([deployment('a'), deployment('b'), service('other', 'b')], { deployment: 'a' })).toBe('a')
  expect(serving([deployment('a', 'x'), deployment('shop', 'x'), service('shop', 'x')])).toBe('shop')
})

test.each([
  [[deployment('a'), deployment('b')], 'nothing says which of them serves'],
  [[deployment('a'), deployment('b'), service('other', 'b')], '(a, b)'],
  [[deployment('a', 'x'), deployment('b', 'x'), service('shop', 'x')], 'nothing says which'],
  [[cron('night')], 'hold no Deployment'],
  [[deployment('a'), deployment('shop'), service('shop', 'a')], 'Deployment shop: the one that serves gets this name'],
  [[deployment('shop'), deployment('shop-next')], 'Deployment shop-next: the one that serves gets this name'],
  [[deployment('shop'), deployment('payments-next')], 'Deployment payments-next: names that end in -next'],
  [[deployment('shop'), deployment('payments-worker-r3')], 'names that end in -next or in -r and a number'],
  [[deployment('shop'), deployment('web')], 'Deployment web: take a name'],
  [[deployment('shop'), deployment('a.b')], 'Deployment a.b: take a name'],
  [[deployment('shop'), deployment('a'), deployment('a')], 'Deployment a is there twice'],
  [[deployment('shop'), cron('a'), cron('a')], 'CronJob a is there twice'],
])('%j are refused', (objects, why) => {
  expect(serving(objects)).toContain(why)
})
