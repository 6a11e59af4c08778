import type { CallerView, ListedApp } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { makeEnvironment, makeJob, makeRevision } from '../../testing/make-views.ts'
import { compareDeploy } from './compare.ts'
import { explainOwnRequest } from './own-request.ts'

const job = makeJob({ state: 'waiting', waitingFor: 'approval', specVersion: 2, image: 'r/shop@sha256:b' })
const settings = (replicas: number) => ({ replicas, env: { MODE: 'calm' } }) as never
const makePending = (app: ListedApp | undefined, spec: unknown = app?.spec) =>
  ({ job, environment, app, spec }) as Parameters<typeof compareDeploy>[0]
const environment = makeEnvironment({ desired: makeRevision({ image: 'r/shop@sha256:a', settings: settings(2) }) })

function makeApp(specVersion: number, own: object = settings(3)): ListedApp {
  return { app: 'shop', specVersion, spec: { environments: { staging: own } } } as never
}

test('image, version and each setting that differs are told, and no other', () => {
  expect(compareDeploy(makePending(makeApp(2)))).toEqual({
    changes: [
      { path: 'image', from: 'r/shop@sha256:a', to: 'r/shop@sha256:b' },
      { path: 'replicas', from: 2, to: 3 },
    ],
  })
})

test('it is held against the version of the spec that it works by, and a later one is told of', () => {
  const { changes, note } = compareDeploy(makePending(makeApp(5, settings(9)), makeApp(2).spec))
  expect(changes.map(({ path, to }) => [path, to])).toEqual([
    ['image', 'r/shop@sha256:b'],
    ['replicas', 3],
  ])
  expect(note).toMatch(/version 2 of the spec; version 5 holds/)
})

test('of a version that cannot be had it says so, and tells no setting', () => {
  const { changes, note } = compareDeploy(makePending(undefined))
  expect(changes.map(({ path }) => path)).toEqual(['image'])
  expect(note).toMatch(/Version 2 of the spec.*cannot be had/)
})

test('a request of one’s own says why one may not approve it, unless the environment lets one', () => {
  const me = (name: string, person: string) => ({ token: { name, person } }) as CallerView
  const pending = makePending(makeApp(2))
  expect(explainOwnRequest(pending, me('ann', 'ann'))).toMatch(/another person/)
  expect(explainOwnRequest(pending, me('phone', 'Ann'))).toMatch(/another person/)
  expect(explainOwnRequest(pending, me('bob', 'bob'))).toBeUndefined()
  const loose = makeApp(2, { selfApproval: true })
  expect(explainOwnRequest({ ...pending, app: loose }, me('ann', 'ann'))).toBeUndefined()
})
