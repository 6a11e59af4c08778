import { expect, test } from 'vitest'
import { compareSettings } from './compare-settings.ts'

const spec = {
  app: 'shop',
  environments: { staging: { replicas: 2, env: { MODE: 'calm' }, secrets: ['KEY'] } },
  triggers: [{ on: 'push', branch: 'main' }],
}

test('the same differs in nothing, in whatever order it is written', () => {
  const { app, ...rest } = structuredClone(spec)
  expect(compareSettings(spec, { ...rest, app })).toEqual([])
})

test('what comes, goes and changes has its path; a list is one value', () => {
  const { staging } = spec.environments
  const other = {
    ...spec,
    environments: { staging: { ...staging, replicas: 3, env: { LEVEL: 'debug' } }, production: { engine: 'docker' } },
    triggers: [],
  }
  expect(compareSettings(spec, other)).toEqual([
    { path: 'environments.staging.replicas', from: 2, to: 3 },
    { path: 'environments.staging.env.MODE', from: 'calm', to: null },
    { path: 'triggers', from: [{ on: 'push', branch: 'main' }], to: [] },
    { path: 'environments.staging.env.LEVEL', from: null, to: 'debug' },
    { path: 'environments.production.engine', from: null, to: 'docker' },
  ])
})

test('of long texts it is shown where they part, with how long they are', () => {
  const [same, rest] = ['line\n'.repeat(100), 'x'.repeat(600)]
  const [change] = compareSettings({ text: `${same}one${rest}` }, { text: `${same}two${rest}` })
  expect(change?.from).toMatch(/^… \n?(line\n)+onex+ … \(1103 characters\)$/)
  expect(change?.to).toMatch(/^… \n?(line\n)+twox+ … \(1103 characters\)$/)
  expect(String(change?.to).length).toBeLessThan(450)
  expect(compareSettings({}, { text: rest })[0]).toEqual({
    path: 'text',
    from: null,
    to: expect.stringMatching(/^x{400} … /),
  })
})
