import { expect, test } from 'vitest'
import { listChanges } from './changes.ts'

const deployment = (spec: object, metadata: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop', ...metadata },
  spec,
})

test('each changed field has its from and to, and what the server mints or Stevedore notes has none', () => {
  const found = deployment(
    { replicas: 1, template: { env: [{ name: 'A', value: '1' }] }, resources: {} },
    {
      resourceVersion: '1',
      uid: 'x',
      annotations: { 'stevedore.io/applied': 'old' },
      labels: { 'stevedore.io/revision': '1' },
    },
  )
  const becoming = deployment(
    {
      template: {
        env: [
          { name: 'A', value: '2' },
          { name: 'B', value: '3' },
        ],
      },
      resources: { limits: { cpu: '1' } },
    },
    {
      resourceVersion: '2',
      annotations: { 'stevedore.io/applied': 'new', team: 'a' },
      labels: { 'stevedore.io/revision': '2' },
    },
  )
  expect(listChanges(found, becoming)).toEqual([
    { field: 'metadata.annotations.team', to: 'a' },
    { field: 'spec.replicas', from: '1' },
    { field: 'spec.template.env[A].value', from: '1', to: '2' },
    { field: 'spec.template.env[B].name', to: 'B' },
    { field: 'spec.template.env[B].value', to: '3' },
    { field: 'spec.resources.limits.cpu', to: '1' },
  ])
})

test('the values of a Secret object are never shown', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'x' },
    data: { KEY: 'aHVzaA==' },
    type: 'Opaque',
  }
  expect(listChanges(undefined, secret)).toEqual([
    { field: 'data.KEY', to: '(hidden)' },
    { field: 'type', to: 'Opaque' },
  ])
})
