import { getApp, getSpecVersion, listApps, listAudit, putApp, retireApp } from '@stevedore/ledger'
import { expect, test } from 'vitest'
import { by, declareApp, openFixture } from './fixture.ts'

const { ledger } = await openFixture()

test('the same spec again makes no version and no audit entry', async () => {
  const spec = await declareApp(ledger)
  const again = await putApp(ledger, { spec: structuredClone(spec), by })
  expect(again).toMatchObject({ created: false, changed: false, app: { specVersion: 1, etag: '"1"' } })
  expect(await listAudit(ledger, { app: spec.app, limit: 10 })).toHaveLength(1)
})

test('a changed spec is a new version; the old one stays for the jobs that have it', async () => {
  const spec = await declareApp(ledger)
  const changed = { ...spec, retain: { ...spec.retain, images: 5 } }
  expect(await putApp(ledger, { spec: changed, by })).toMatchObject({ created: false, changed: true })
  expect(await getApp(ledger, spec.app)).toMatchObject({ specVersion: 2, spec: changed, declaredBy: 'token:ada' })
  expect(await getSpecVersion(ledger, spec.app, 1)).toEqual(spec)
  expect(await getSpecVersion(ledger, spec.app, 3)).toBeUndefined()
})

test('a declaration on the condition of another version is refused', async () => {
  const spec = await declareApp(ledger)
  const changed = { ...spec, retain: { ...spec.retain, images: 5 } }
  const refused = putApp(ledger, { spec: changed, ifMatch: '"7"', by })
  await expect(refused).rejects.toMatchObject({ code: 'precondition-failed' })
  const unknown = putApp(ledger, { spec: { ...spec, app: 'unknown' }, ifMatch: '*', by })
  await expect(unknown).rejects.toMatchObject({ code: 'precondition-failed' })
  expect(await getApp(ledger, 'unknown')).toBeUndefined()
  expect(await putApp(ledger, { spec: changed, ifMatch: '"7", "1"', by })).toMatchObject({ changed: true })
})

test('of many parallel first declarations one creates, and versions have no gap', async () => {
  const { app, ...rest } = await declareApp(ledger)
  const name = `${app}-x`
  const declare = (images: number) =>
    putApp(ledger, { spec: { ...rest, app: name, retain: { ...rest.retain, images } }, by })
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => declare(n + 1)))
  expect(answers.filter(({ created }) => created)).toHaveLength(1)
  const versions = answers.map((answer) => answer.app.specVersion).sort((a, b) => a - b)
  expect(versions).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
})

test('of many parallel conditional changes exactly one is made', async () => {
  const spec = await declareApp(ledger)
  const change = (images: number) =>
    putApp(ledger, { spec: { ...spec, retain: { ...spec.retain, images } }, ifMatch: '"1"', by })
  const answers = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => change(n + 1)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a retired app is gone from view and comes back with a next version', async () => {
  const spec = await declareApp(ledger)
  await retireApp(ledger, { app: spec.app, ifMatch: '"1"', by })
  expect(await getApp(ledger, spec.app)).toBeUndefined()
  expect((await listApps(ledger)).map(({ app }) => app)).not.toContain(spec.app)
  await expect(retireApp(ledger, { app: spec.app, by })).rejects.toMatchObject({ code: 'not-found' })
  expect(await putApp(ledger, { spec, by })).toMatchObject({ created: true, app: { specVersion: 2, retiredAt: null } })
})
