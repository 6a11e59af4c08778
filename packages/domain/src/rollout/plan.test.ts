import {
  defaultStrategy,
  type RolloutAction,
  type RolloutInput,
  type RolloutTraits,
  strategy,
} from '@stevedore/contract'
import { describe, expect, test } from 'vitest'
import { nameAction } from './action.ts'
import { planAbort, planRollout } from './plan.ts'

const docker: RolloutTraits = { rolling: 'stepwise', weighting: 'proxy' }
const kubernetes: RolloutTraits = { rolling: 'native', weighting: 'replicas' }

function input(given: Partial<RolloutInput>): RolloutInput {
  return {
    strategy: defaultStrategy('rolling'),
    stable: { revision: 1, replicas: 2 },
    next: { revision: 2, replicas: 2 },
    settings: {},
    traits: docker,
    ...given,
  }
}

const names = (given: Partial<RolloutInput>) => planRollout(input(given)).map(nameAction)
const check = { check: { path: '/check', timeout: '1m' } }

describe('plans', () => {
  test('a first deploy starts all replicas at once', () => {
    expect(names({ stable: undefined })).toEqual(['prepare', 'scale-up r2 to 2', 'route r2 100%', 'finalize r2'])
  })

  test('rolling replaces one by one, never below the wanted count', () => {
    expect(names({})).toEqual([
      'prepare',
      'scale-up r2 to 1',
      'route r1 50%, r2 50%',
      'scale-down r1 to 1',
      'scale-up r2 to 2',
      'route r2 100%',
      'scale-down r1 to 0',
      'finalize r2',
    ])
  })

  test('recreate stops all that may hold the data before it starts the next, and a migration has it alone', () => {
    const recreate = defaultStrategy('recreate')
    const settings = { ...check, migrate: { command: ['migrate'], timeout: '10m' } }
    const given = { strategy: recreate, settings, beside: [0], stable: { revision: 1, replicas: 1 } }
    const next = { revision: 2, replicas: 1 }
    const stops = ['prepare', 'scale-down r0 to 0', 'scale-down r1 to 0', 'migrate']
    expect(names({ ...given, next })).toEqual([...stops, 'scale-up r2 to 1', 'check', 'route r2 100%', 'finalize r2'])
    expect(names({ ...given, next, traits: kubernetes })).toEqual([...stops, 'roll r2', 'finalize r2'])
    expect(names({ strategy: recreate, stable: undefined })).toEqual([
      ...['prepare', 'scale-up r2 to 2', 'route r2 100%', 'finalize r2'],
    ])
    expect(names({ strategy: recreate, stable: { revision: 2, replicas: 2 } })).not.toContain('scale-down r2 to 0')
  })

  test('the way back of a recreate ends the new one before the stable one has the data again', () => {
    const back = (given: Partial<RolloutInput>) =>
      planAbort(input({ strategy: defaultStrategy('recreate'), ...given })).map(nameAction)
    expect(back({})).toEqual(['scale-down r2 to 0', 'scale-up r1 to 2', 'route r1 100%', 'finalize r1'])
    expect(back({ traits: kubernetes })).toEqual(['roll r1', 'finalize r1'])
    expect(back({ stable: undefined })).toEqual(['scale-down r2 to 0'])
  })

  test('rolling without surge takes replicas out first', () => {
    const plan = names({ strategy: strategy.parse({ type: 'rolling', maxSurge: 0, maxUnavailable: 1 }) })
    expect(plan.slice(1, 4)).toEqual(['route r1 100%', 'scale-down r1 to 1', 'scale-up r2 to 1'])
    expect(plan.at(-1)).toBe('finalize r2')
  })

  test('a check comes before the first traffic, a migration before any replica', () => {
    const settings = { ...check, migrate: { command: ['migrate'], timeout: '10m' } }
    expect(names({ settings }).slice(0, 4)).toEqual(['prepare', 'migrate', 'scale-up r2 to 1', 'check'])
    expect(names({ settings, strategy: defaultStrategy('blue-green') }).slice(0, 5)).toEqual([
      'prepare',
      'migrate',
      'scale-up r2 to 2',
      'check',
      'route r2 100%',
    ])
  })

  test('a cluster rolls by itself', () => {
    expect(names({ traits: kubernetes })).toEqual(['prepare', 'roll r2', 'finalize r2'])
    const argo = strategy.parse({ type: 'canary', steps: [{ setWeight: 10 }], controller: 'argo' })
    expect(names({ traits: kubernetes, strategy: argo })).toEqual(['prepare', 'roll r2', 'finalize r2'])
  })

  test('blue-green keeps the old colour warm', () => {
    expect(planRollout(input({ strategy: defaultStrategy('blue-green') })).at(-1)).toEqual({
      do: 'finalize',
      revision: 2,
      keep: [1],
    })
    const cold = strategy.parse({ type: 'blue-green', scaleDownDelay: '0s' })
    expect(planRollout(input({ strategy: cold })).at(-1)).toEqual({ do: 'finalize', revision: 2, keep: [] })
  })

  test('a canary behind a proxy keeps the stable revision whole', () => {
    const canary = strategy.parse({
      type: 'canary',
      steps: [{ setWeight: 10 }, { pause: '5m' }, { setWeight: 50 }, { pause: {} }],
    })
    expect(names({ strategy: canary, next: { revision: 2, replicas: 4 }, settings: check })).toEqual([
      'prepare',
      'scale-up r2 to 1',
      'check',
      'route r1 90%, r2 10%',
      'pause 300s',
      'scale-up r2 to 2',
      'route r1 50%, r2 50%',
      'pause until promoted',
      'scale-up r2 to 4',
      'route r2 100%',
      'finalize r2',
    ])
  })

  test('a canary by replicas never leaves either revision without one', () => {
    const canary = strategy.parse({ type: 'canary', steps: [{ setWeight: 1 }, { setWeight: 99 }] })
    const plan = names({
      strategy: canary,
      traits: kubernetes,
      next: { revision: 2, replicas: 4 },
      stable: { revision: 1, replicas: 4 },
    })
    expect(plan.filter((name) => name.startsWith('scale'))).toEqual([
      'scale-up r2 to 1',
      'scale-down r1 to 3',
      'scale-up r2 to 3',
      'scale-down r1 to 1',
      'scale-up r2 to 4',
    ])
  })

  test('the first deploy of a canary has nothing to be a canary of', () => {
    expect(names({ strategy: defaultStrategy('canary'), stable: undefined })).not.toContainEqual(
      expect.stringContaining('pause'),
    )
  })

  test('the way back: replicas, traffic, then the end of the new revision', () => {
    expect(planAbort(input({})).map(nameAction)).toEqual([
      'scale-up r1 to 2',
      'route r1 100%',
      'scale-down r2 to 0',
      'finalize r1',
    ])
    expect(planAbort(input({ stable: undefined })).map(nameAction)).toEqual(['scale-down r2 to 0'])
    expect(planAbort(input({ traits: kubernetes })).map(nameAction)).toEqual(['roll r1', 'finalize r1'])
  })

  test('the revision that serves, deployed again: all of it at once, and the way back never stops it', () => {
    const again = { next: { revision: 1, replicas: 2 } }
    expect(names(again)).toEqual(['prepare', 'scale-up r1 to 2', 'route r1 100%', 'finalize r1'])
    expect(names({ ...again, strategy: defaultStrategy('canary') })).toEqual(names(again))
    expect(planRollout(input({ ...again, strategy: defaultStrategy('blue-green') })).at(-1)).toMatchObject({ keep: [] })
    const back = ['scale-up r1 to 2', 'route r1 100%', 'finalize r1']
    expect(planAbort(input(again)).map(nameAction)).toEqual(back)
    expect(planAbort(input({ ...again, traits: kubernetes })).map(nameAction)).toEqual(['roll r1', 'finalize r1'])
  })

  test.each([
    { maxSurge: '50%', maxUnavailable: 0, first: 'scale-up r2 to 2' },
    { maxSurge: '26%', maxUnavailable: 0, first: 'scale-up r2 to 2' },
    { maxSurge: '25%', maxUnavailable: 0, first: 'scale-up r2 to 1' },
    { maxSurge: '100%', maxUnavailable: 0, first: 'scale-up r2 to 4' },
    { maxSurge: 0, maxUnavailable: '50%', first: 'route r1 100%, scale-down r1 to 2' },
    { maxSurge: 0, maxUnavailable: '49%', first: 'route r1 100%, scale-down r1 to 3' },
    // A share that comes to nothing would replace nothing: one more replica is started.
    { maxSurge: 0, maxUnavailable: '24%', first: 'scale-up r2 to 1' },
    // All of them may be away, says the spec; one stays all the same.
    { maxSurge: 0, maxUnavailable: '100%', first: 'route r1 100%, scale-down r1 to 1' },
  ])('of four, surge $maxSurge and unavailable $maxUnavailable: first $first', ({ first, ...shares }) => {
    const plan = names({
      strategy: strategy.parse({ type: 'rolling', ...shares }),
      stable: { revision: 1, replicas: 4 },
      next: { revision: 2, replicas: 4 },
    })
    expect(plan.slice(1).join(', ')).toMatch(new RegExp(`^${first}, `))
  })
})

/** A place that does what it is told, and says when it was told something that hurts. */
function createModel(replicas: number) {
  const running = new Map([[1, replicas]])
  let weights: Record<number, number> = { 1: 100 }
  const count = (revision: number) => running.get(revision) ?? 0
  const total = () => count(1) + count(2)
  function serving(): number {
    return [1, 2].filter((revision) => (weights[revision] ?? 0) > 0).reduce((sum, revision) => sum + count(revision), 0)
  }
  return {
    count,
    total,
    serving,
    weights: () => weights,
    perform(action: RolloutAction) {
      if (action.do === 'scale-up') running.set(action.revision, Math.max(count(action.revision), action.count))
      if (action.do === 'scale-down') running.set(action.revision, Math.min(count(action.revision), action.count))
      if (action.do === 'route') weights = action.weights
      if (action.do === 'finalize')
        for (const other of [1, 2]) if (other !== action.revision && !action.keep.includes(other)) running.set(other, 0)
    },
  }
}

/** A generator of its own, so that a failing case can be run again. */
function seeded(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state % limit
  }
}

function randomInput(pick: (limit: number) => number): RolloutInput {
  const replicas = 1 + pick(6)
  const surge = pick(3)
  const strategies = [
    strategy.parse({ type: 'rolling', maxSurge: surge, maxUnavailable: surge === 0 ? 1 + pick(2) : pick(2) }),
    defaultStrategy('blue-green'),
    strategy.parse({
      type: 'canary',
      steps: [{ setWeight: 1 + pick(40) }, { pause: '1s' }, { setWeight: 50 + pick(50) }],
    }),
  ]
  return input({
    strategy: strategies[pick(3)] as RolloutInput['strategy'],
    stable: { revision: 1, replicas: 1 + pick(6) },
    next: { revision: 2, replicas },
    traits: { rolling: 'stepwise', weighting: pick(2) === 0 ? 'proxy' : 'replicas' },
  })
}

describe('whatever the numbers', () => {
  const cases = Array.from({ length: 400 }, (_, seed) => ({ seed, given: randomInput(seeded(seed + 1)) }))

  test('traffic always has replicas, weights sum to 100, and the new revision ends alone', () => {
    for (const { seed, given } of cases) {
      const model = createModel(given.stable?.replicas ?? 0)
      for (const action of planRollout(given)) {
        model.perform(action)
        const sum = Object.values(model.weights()).reduce((total, weight) => total + weight, 0)
        expect({ seed, sum, serves: model.serving() > 0 }).toEqual({ seed, sum: 100, serves: true })
        for (const [revision, weight] of Object.entries(model.weights()))
          if (weight > 0) expect({ seed, action, has: model.count(Number(revision)) > 0 }).toMatchObject({ has: true })
      }
      expect({ seed, new: model.count(2), weights: model.weights() }).toEqual({
        seed,
        new: given.next.replicas,
        weights: { 2: 100 },
      })
    }
  })

  test('rolling keeps to its surge and its minimum', () => {
    for (const { seed, given } of cases) {
      if (given.strategy.type !== 'rolling') continue
      const { maxSurge } = given.strategy as { maxSurge: number }
      const maxUnavailable = Math.min(given.strategy.maxUnavailable as number, given.next.replicas - 1)
      const start = given.stable?.replicas ?? 0
      const most = Math.max(start, given.next.replicas + Math.max(maxSurge, maxUnavailable === 0 ? 1 : 0))
      const least = Math.min(start, given.next.replicas - maxUnavailable)
      const model = createModel(start)
      for (const action of planRollout(given)) {
        model.perform(action)
        expect({ seed, action, total: model.total() <= most && model.total() >= least }).toMatchObject({ total: true })
      }
    }
  })

  test('an abort after any step gives all traffic back to a whole stable revision', () => {
    for (const { seed, given } of cases) {
      const plan = planRollout(given)
      for (let done = 0; done < plan.length; done += 1) {
        const model = createModel(given.stable?.replicas ?? 0)
        for (const action of [...plan.slice(0, done), ...planAbort(given)]) {
          model.perform(action)
          expect({ seed, done, serves: model.serving() > 0 }).toEqual({ seed, done, serves: true })
        }
        expect({
          seed,
          stable: model.count(1) >= (given.stable?.replicas ?? 0),
          new: model.count(2),
          weights: model.weights(),
        }).toEqual({
          seed,
          stable: true,
          new: 0,
          weights: { 1: 100 },
        })
      }
    }
  })
})
