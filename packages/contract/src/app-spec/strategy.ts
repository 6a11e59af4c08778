import { z } from 'zod'
import { duration } from '../values/duration.ts'
import { suggest } from '../values/nearest.ts'
import { despiteFaults } from './despite-faults.ts'
import { type StrategyType, strategyTypes } from './strategy-types.ts'

/** A number of replicas or a share of them: `1`, `25%`. */
const replicaShare = z.union([
  z.int().min(0).max(1_000),
  z.string().regex(/^(\d|[1-9]\d|100)%$/, 'a number or a percentage'),
])

const rolling = z
  .strictObject({
    type: z.literal('rolling'),
    maxSurge: replicaShare.default(1),
    maxUnavailable: replicaShare.default(0),
  })
  .refine((value) => !isZero(value.maxSurge) || !isZero(value.maxUnavailable), {
    error: 'maxSurge and maxUnavailable cannot both be 0: no replica could ever be replaced',
    path: ['maxSurge'],
    ...despiteFaults,
  })

function isZero(share: number | string): boolean {
  return share === 0 || share === '0%'
}

const blueGreen = z.strictObject({
  type: z.literal('blue-green'),
  /** How long the old colour stays warm after the switch. */
  scaleDownDelay: duration('0s', '7d').default('5m'),
})

const canaryStep = z.union([
  z.strictObject({ setWeight: z.int().min(0).max(100) }),
  z.strictObject({ pause: z.union([duration('1s', '30d'), z.strictObject({})]) }),
])

const sampling = {
  interval: duration('1s', '1h').default('30s'),
  /** Failed samples in a row that end the canary. */
  failures: z.int().min(1).max(100).default(2),
}

/** `result < 0.01`: the query's single value against a bound. */
const successCondition = z.string().regex(/^result (<|<=|>|>=|==) -?\d+(\.\d+)?$/, 'result, a comparison, a number')

const prometheusAnalysis = z.strictObject({
  prometheus: z.url({ protocol: /^https?$/ }).max(500),
  query: z.string().min(1).max(4_000),
  success: successCondition,
  ...sampling,
})

const proxyAnalysis = z.strictObject({
  /** The proxy's own figures of the new revision: gates a canary with no Prometheus at all. */
  proxy: z.strictObject({
    maxErrorRate: z.number().min(0).max(1).default(0.01),
    maxLatency: duration('1ms', '10m').optional(),
    minRequests: z.int().min(1).max(1_000_000).default(20),
  }),
  ...sampling,
})

/** What decides a canary. */
export const analysis = z.union([prometheusAnalysis, proxyAnalysis])

const canary = z
  .strictObject({
    type: z.literal('canary'),
    steps: z.array(canaryStep).min(1).max(50),
    analysis: analysis.optional(),
    /** Keeps a visitor on the revision that first answered, by a cookie. */
    sticky: z.boolean().default(false),
    /** `argo` writes an Argo Rollouts `Rollout` and follows it. */
    controller: z.enum(['stevedore', 'argo']).default('stevedore'),
  })
  .refine((value) => areIncreasing(value.steps), {
    error: 'weights must increase',
    path: ['steps'],
    ...despiteFaults,
  })

function areIncreasing(steps: unknown): boolean {
  const weights = (Array.isArray(steps) ? steps : []).map((step) => Object(step).setWeight).filter(Number.isFinite)
  return weights.every((weight, index) => index === 0 || weight > weights[index - 1])
}

/** Stops what runs before it starts what comes: for data that only one may hold. */
const recreate = z.strictObject({ type: z.literal('recreate') })

const defaultCanarySteps = [
  { setWeight: 10 },
  { pause: '5m' },
  { setWeight: 50 },
  { pause: '5m' },
  { setWeight: 100 },
] as const satisfies z.input<typeof canaryStep>[]

/** A strategy by its name alone, with all its defaults. */
export function defaultStrategy(type: StrategyType): Strategy {
  if (type === 'canary') return canary.parse({ type, steps: defaultCanarySteps })
  if (type === 'recreate') return { type }
  return type === 'rolling' ? rolling.parse({ type }) : blueGreen.parse({ type })
}

export const strategy = z.preprocess(
  (value) => (strategyTypes.includes(value as StrategyType) ? defaultStrategy(value as StrategyType) : value),
  z.discriminatedUnion('type', [rolling, blueGreen, canary, recreate], {
    error: ({ input }) =>
      typeof input === 'string'
        ? `must be ${strategyTypes.join(', ')}, or a map with one of them as type${suggest(input, strategyTypes)}`
        : undefined,
  }),
)

export type RollingStrategy = z.output<typeof rolling>
export type BlueGreenStrategy = z.output<typeof blueGreen>
export type CanaryStrategy = z.output<typeof canary>
export type RecreateStrategy = z.output<typeof recreate>
export type CanaryStep = z.output<typeof canaryStep>
export type Analysis = z.output<typeof analysis>
export type Strategy = RollingStrategy | BlueGreenStrategy | CanaryStrategy | RecreateStrategy
