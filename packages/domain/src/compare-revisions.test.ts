import { expect, test } from 'vitest'
import { type ComparedRevision, compareRevisions } from './compare-revisions.ts'

const revision: ComparedRevision = {
  image: 'r.example.com/shop@sha256:aa',
  version: '1.0.0',
  strategy: 'rolling',
  settings: {
    replicas: 2,
    env: { LOG_LEVEL: 'info', OLD: 'x' },
    health: { path: '/health' },
    secrets: ['KEY', 'OTHER'],
  },
  secrets: [{ name: 'KEY', fingerprint: 'f1' }],
}

test('the same differs in nothing', () => {
  expect(compareRevisions(revision, structuredClone(revision))).toEqual([])
})

test('each difference has its path, what is not there is null, and secrets show fingerprints alone', () => {
  const other: ComparedRevision = {
    image: 'r.example.com/shop@sha256:bb',
    version: '1.0.0',
    strategy: 'rolling',
    settings: {
      replicas: 3,
      env: { LOG_LEVEL: 'info', NEW: '' },
      health: { path: '/health' },
      command: ['a', 'b'],
      secrets: ['KEY'],
    },
    secrets: [{ name: 'KEY', fingerprint: 'f2' }],
  }
  expect(compareRevisions(revision, other)).toEqual([
    { path: 'image', from: revision.image, to: other.image },
    { path: 'replicas', from: 2, to: 3 },
    { path: 'env.OLD', from: 'x', to: null },
    { path: 'secrets.KEY', from: 'f1', to: 'f2' },
    { path: 'secrets.OTHER', from: 'not recorded', to: null },
    { path: 'env.NEW', from: null, to: '' },
    { path: 'command', from: null, to: ['a', 'b'] },
  ])
})

test('names that are special to the language are names', () => {
  const settings = JSON.parse('{"env":{"__proto__":"x","constructor":"y"}}')
  const changes = compareRevisions({ ...revision, settings: { env: {} } }, { ...revision, settings })
  expect(changes.map(({ path }) => path)).toEqual(['env.__proto__', 'env.constructor'])
})
