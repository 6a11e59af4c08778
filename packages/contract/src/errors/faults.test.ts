import { expect, test } from 'vitest'
import { appSpec } from '../app-spec/app-spec.ts'
import { listFaults, problemOfFaults } from './faults.ts'

const image = { registry: 'registry.example.com', name: 'acme/shop' }

function refuse(environment: object) {
  const spec = { app: 'shop', image, environments: { staging: { engine: 'docker', ...environment } } }
  const faults = listFaults(appSpec.safeParse(spec).error!)
  return { problem: problemOfFaults(faults), paths: faults.map((fault) => fault.path.join('.')) }
}

test('keys that would give an app power over its host are a policy violation, each at its path', () => {
  expect(refuse({ privileged: true, hostNetwork: true, volumes: [] })).toEqual({
    problem: 'policy-violation',
    paths: ['environments.staging.privileged', 'environments.staging.hostNetwork', 'environments.staging.volumes'],
  })
})

test('any other unknown key is a failed validation, also beside a powerful one', () => {
  expect(refuse({ replica: 2 }).problem).toBe('validation-failed')
  expect(refuse({ replica: 2, privileged: true }).problem).toBe('validation-failed')
})

test('what is wrong with a name in a record is told with its own code', () => {
  const spec = { app: 'shop', image, build: { args: { NPM_TOKEN: 'x' } } }
  const faults = listFaults(appSpec.safeParse(spec).error!)
  expect(faults).toMatchObject([{ path: ['build', 'args', 'NPM_TOKEN'], code: 'use-build-secret' }])
})
