import { expect, test } from 'vitest'
import { appSpec } from './app-spec.ts'
import { environmentSpec } from './environment.ts'
import { listCallers, listLinks } from './links.ts'

const docker = (more: object) => environmentSpec.safeParse({ engine: 'docker', ...more })
const faultsOf = (more: object) =>
  docker(more).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

test('a link is to an app whose environment has the same name, or to one that is named', () => {
  const settings = docker({ links: ['mail', 'billing/staging'], linkedBy: ['shop'] }).data!
  expect(listLinks(settings, 'production')).toEqual([
    { app: 'billing', environment: 'staging' },
    { app: 'mail', environment: 'production' },
  ])
  expect(listCallers(settings, 'production')).toEqual([{ app: 'shop', environment: 'production' }])
})

test('settings of before have no links, and stay as they are', () => {
  const settings = docker({}).data!
  expect(Object.keys(settings).filter((key) => key.startsWith('link'))).toEqual([])
  expect(listLinks(settings, 'production')).toEqual([])
})

test('a name that leads to two, or to something else, is refused where it is', () => {
  const image = `postgres@sha256:${'a'.repeat(64)}`
  expect(faultsOf({ links: ['mail', 'mail/staging'] })).toEqual([expect.stringContaining('links: mail is found by')])
  expect(faultsOf({ links: ['db'], services: { db: { image } } })).toEqual([expect.stringContaining('links: db is')])
  expect(faultsOf({ links: ['localhost'] })).toEqual([expect.stringContaining('links: localhost is')])
  expect(faultsOf({ links: ['Mail'] })).toEqual([expect.stringContaining('links.0: an app')])
  expect(faultsOf({ links: ['mail/a/b'], linkedBy: ['../x'] })).toHaveLength(2)
  expect(faultsOf({ links: [] })).toHaveLength(1)
})

test('a cluster takes links where the pods are of its making, and lets nobody in unsaid', () => {
  const cluster = (more: object) =>
    environmentSpec.safeParse({ engine: 'kubernetes', namespace: 'shop', links: ['mail'], linkedBy: ['mail'], ...more })
  const pathsOf = (more: object) => cluster(more).error?.issues.map(({ path }) => path.join('.')) ?? []
  expect(pathsOf({})).toEqual([])
  expect(pathsOf({ manifests: 'k8s' })).toEqual(['links', 'linkedBy'])
  expect(pathsOf({ strategy: { type: 'canary', controller: 'argo', steps: [{ setWeight: 50 }] } })).toEqual([
    'links',
    'linkedBy',
  ])
  const ingress = { host: 'shop.example.com' }
  expect(pathsOf({ ingress })).toEqual(['linkedBy'])
  expect(pathsOf({ ingress, networkPolicy: { from: [{ namespace: 'ingress-nginx' }] } })).toEqual([])
})

test('no environment is linked to itself', () => {
  const given = (links: string[]) =>
    appSpec.safeParse({ app: 'shop', environments: { production: { engine: 'docker', links } } })
  expect(given(['shop']).error?.issues[0]).toMatchObject({ path: ['environments', 'production', 'links'] })
  expect(given(['shop/production']).success).toBe(false)
  expect(given(['shop/staging']).success).toBe(true)
})
