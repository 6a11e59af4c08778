import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { explainMemory } from './explain-memory.ts'

const settingsOf = (more: object) => environmentSpec.parse({ engine: 'kubernetes', namespace: 'shops', ...more })

test.each([
  [{}, '1Gi', /this server's default, 1Gi: set resources\.limits\.memory in the spec/],
  [{ resources: { requests: { memory: '2Gi' } } }, '2Gi', /this server's default, 2Gi/],
  [{ resources: { limits: { memory: '64Mi' } } }, '64Mi', /resources\.limits\.memory of the spec, 64Mi/],
  [{}, '256Mi', /its limit of 256Mi comes from its manifest, its namespace or this server/],
  [{ manifests: 'k8s' }, '1Gi', /its limit of 1Gi comes from its manifest/],
  [{}, undefined, /its node had no memory left/],
])('with %j and a limit of %s it says whose that was', (settings, memory, says) => {
  const spec = { containers: [{ name: 'web', ...(memory ? { resources: { limits: { memory } } } : {}) }] }
  const told = explainMemory({ spec }, 'web', { settings: settingsOf(settings), appLimits: { memory: '1Gi' } })
  expect(told).toMatch(says)
})
