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
const choose = (...asked: Parameters<typeof choosePipelines>) => choosePipelines(...asked).pipelines

test('each build begins a pipeline; what follows it waits for it', () => {
  expect(choose(spec, { on: 'push', branch: 'main', commit })).toEqual([
    [{ kind: 'build', argument: 'testing' }],
    [{ kind: 'build', argument: 'production' }, { kind: 'push' }, { kind: 'deploy', argument: 'staging' }],
  ])
})

test('a trigger fires on its own sort of event and name alone', () => {
  expect(choose(spec, { on: 'push', branch: 'release/2', commit })).toEqual([[{ kind: 'build' }]])
  expect(choose(spec, { on: 'push', branch: 'v1', commit })).toEqual([])
  expect(choose(spec, { on: 'tag', tag: 'v1' })).toHaveLength(1)
  expect(choose(spec, { on: 'tag', tag: 'main' })).toEqual([])
  expect(choose(spec, { on: 'pull_request', number: 1, ref: commit, fork: true })).toHaveLength(1)
})

const filtered = appSpec.parse({
  app: 'api',
  triggers: [{ on: 'push', branch: 'main', paths: ['services/api/**', '!**/*.md'], do: ['build'] }],
})
const push = { on: 'push', branch: 'main', commit } as const

test('a push that changes none of a trigger’s paths starts nothing, and it is said why', () => {
  expect(choosePipelines(filtered, { ...push, changed: { paths: ['services/api/README.md', 'web/a.ts'] } })).toEqual({
    pipelines: [],
    reasons: [
      'push to main, `build`: not started, since none of the files that it changed (2) is among its paths: services/api/**, !**/*.md',
    ],
  })
  const changed = { paths: ['services/api/README.md', 'services/api/a.ts'] }
  expect(choosePipelines(filtered, { ...push, changed })).toEqual({ pipelines: [[{ kind: 'build' }]], reasons: [] })
})

test.each([
  [{ unknown: 'the push was forced' }, /since the push was forced$/],
  [undefined, /since the delivery does not say which files it changed$/],
])('where it is not known which files changed, it starts and says so: %j', (changed, reason) => {
  const chosen = choosePipelines(filtered, { ...push, changed })
  expect(chosen.pipelines).toHaveLength(1)
  expect(chosen.reasons).toEqual([expect.stringMatching(reason)])
})

test('of a trigger without paths nothing is said', () => {
  expect(choosePipelines(spec, { ...push, changed: { unknown: 'x' } }).reasons).toEqual([])
  expect(choosePipelines(filtered, { ...push, branch: 'other', changed: { paths: ['a'] } })).toEqual({
    pipelines: [],
    reasons: [],
  })
})
