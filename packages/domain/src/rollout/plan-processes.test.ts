import { defaultStrategy, type RolloutInput, type RolloutTraits } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { nameAction } from './action.ts'
import { planAbort, planRollout } from './plan.ts'

const kubernetes: RolloutTraits = { rolling: 'native', weighting: 'replicas' }

function input(given: Partial<RolloutInput>): RolloutInput {
  return {
    strategy: defaultStrategy('rolling'),
    stable: { revision: 1, replicas: 2 },
    next: { revision: 2, replicas: 2 },
    settings: {},
    traits: { rolling: 'stepwise', weighting: 'proxy' },
    processes: true,
    ...given,
  }
}

test('processes are rolled once all requests go to the revision, before anything of the last one goes for good', () => {
  const names = (given: Partial<RolloutInput>) => planRollout(input(given)).map(nameAction)
  const rolled = (given: Partial<RolloutInput>) => names(given).slice(-3)
  const end = ['roll-processes r2', 'finalize r2']
  expect(rolled({})).toEqual(['roll-processes r2', 'scale-down r1 to 0', 'finalize r2'])
  for (const stable of [undefined, { revision: 1, replicas: 1 }])
    for (const type of ['blue-green', 'canary'] as const)
      expect(rolled({ stable, strategy: defaultStrategy(type) })).toEqual(['route r2 100%', ...end])
  expect(rolled({ strategy: defaultStrategy('recreate') })).toEqual(['route r2 100%', ...end])
  expect(rolled({ traits: kubernetes })).toEqual(['roll r2', ...end])
  const surplus = { stable: { revision: 1, replicas: 1 }, next: { revision: 2, replicas: 6 } }
  for (const maxUnavailable of [0, 5])
    expect(
      names({ ...surplus, strategy: { type: 'rolling', maxSurge: 1, maxUnavailable } }).filter(
        (name) => name === 'roll-processes r2',
      ),
    ).toHaveLength(1)
})

test('the way back rolls the processes back, before the new revision ends', () => {
  const back = (given: Partial<RolloutInput>) => planAbort(input(given)).map(nameAction)
  expect(back({})).toEqual([
    ...['scale-up r1 to 2', 'route r1 100%', 'roll-processes r1', 'scale-down r2 to 0', 'finalize r1'],
  ])
  expect(back({ strategy: defaultStrategy('recreate') })).toEqual([
    ...['scale-down r2 to 0', 'scale-up r1 to 2', 'route r1 100%', 'roll-processes r1', 'finalize r1'],
  ])
  expect(back({ traits: kubernetes })).toEqual(['roll r1', 'roll-processes r1', 'finalize r1'])
  expect(back({ stable: undefined })).toEqual(['scale-down r2 to 0'])
})

test('where there are no processes nothing is rolled', () => {
  expect(planRollout({ ...input({}), processes: undefined })).not.toContainEqual({ do: 'roll-processes', revision: 2 })
})
