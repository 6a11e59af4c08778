import { appSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { choosePipelines } from './choose-pipelines.ts'

const spec = appSpec.parse({
  app: 'shop',
  image: { registry: 'registry.example.com', name: 'acme/shop' },
  build: { targets: ['production', 'testing'] },
  environments: { staging: { engine: 'docker', port: 8081 } },
  triggers: [
    { on: 'push', branch: 'main', do: ['build testing', 'build production', 'push', 'deploy staging'] },
    { on: 'push', branch: 'release/*', do: ['build'] },
    { on: 'tag', pattern: 'v*', do: ['build production', 'push'] },
    { on: 'pull_request', do: ['build testing'] },
  ],
})
const commit = 'a'.repeat(40)

test('each build begins a pipeline; what follows it waits for it', () => {
  expect(choosePipelines(spec, { on: 'push', branch: 'main', commit })).toEqual([
    [{ kind: 'build', argument: 'testing' }],
    [{ kind: 'build', argument: 'production' }, { kind: 'push' }, { kind: 'deploy', argument: 'staging' }],
  ])
})

test('a trigger fires on its own sort of event and name alone', () => {
  expect(choosePipelines(spec, { on: 'push', branch: 'release/2', commit })).toEqual([[{ kind: 'build' }]])
  expect(choosePipelines(spec, { on: 'push', branch: 'v1', commit })).toEqual([])
  expect(choosePipelines(spec, { on: 'tag', tag: 'v1' })).toHaveLength(1)
  expect(choosePipelines(spec, { on: 'tag', tag: 'main' })).toEqual([])
  expect(choosePipelines(spec, { on: 'pull_request', number: 1, ref: commit, fork: true })).toHaveLength(1)
})
