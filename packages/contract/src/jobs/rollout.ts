import { z } from 'zod'
import { check, migrate } from '../app-spec/environment.ts'
import { analysis, strategy } from '../app-spec/strategy.ts'

/** Percent of new requests by revision number. */
export const trafficWeights = z.record(z.number(), z.number())
export type TrafficWeights = z.output<typeof trafficWeights>

const earlierNames: Partial<Record<string, string>> = { settle: 'finalize' }

function renameAction(action: unknown): unknown {
  if (typeof action !== 'object' || action === null || !('do' in action)) return action
  return { ...action, do: earlierNames[String(action.do)] ?? action.do }
}

/**
 * One step of a rollout, carried out by an engine. Each can be repeated: it works from what is observed. The names of actions
 * are the names of a job's steps, so that a finished one is skipped by a later attempt.
 */
const currentAction = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('prepare') }),
  /** The companions are there and healthy: made where they are not, else left as they are. */
  z.strictObject({ do: z.literal('services') }),
  z.strictObject({ do: z.literal('migrate') }),
  z.strictObject({ do: z.literal('scale-up'), revision: z.int(), count: z.int() }),
  z.strictObject({ do: z.literal('check') }),
  z.strictObject({ do: z.literal('route'), weights: trafficWeights }),
  z.strictObject({ do: z.literal('scale-down'), revision: z.int(), count: z.int() }),
  z.strictObject({ do: z.literal('roll'), revision: z.int() }),
  /** Ends when the duration is over or, without one, when a person promotes. */
  z.strictObject({ do: z.literal('pause'), forMs: z.number().optional(), analysis: analysis.optional() }),
  /** The processes beside web: those of this revision run, then those of all others end. */
  z.strictObject({ do: z.literal('roll-processes'), revision: z.int() }),
  z.strictObject({ do: z.literal('finalize'), revision: z.int(), keep: z.array(z.int()) }),
])
/** Plans that are kept from before it had its present name say `settle` for `finalize`. */
export const rolloutAction = z.preprocess(renameAction, currentAction)
export type RolloutAction = z.output<typeof rolloutAction>

/** How an engine carries out the plan's actions: what the planner needs to know of it. */
export const rolloutTraits = z.strictObject({
  /** `native`: the engine rolls by itself (a K8sDeployment); `stepwise`: the plan spells the replacement out. */
  rolling: z.enum(['native', 'stepwise']),
  /** `proxy`: any weight at any size; `replicas`: weights by the ratio of replica counts. */
  weighting: z.enum(['proxy', 'replicas']),
})
export type RolloutTraits = z.output<typeof rolloutTraits>

const side = z.strictObject({ revision: z.int(), replicas: z.int() })

export const rolloutInput = z.strictObject({
  strategy,
  /** The revision that serves now with its replica count, or undefined on a first deploy. */
  stable: side.optional(),
  next: side,
  /** Further revisions that are there: a warm colour, what an ended deploy left. Absent in plans from before it was kept. */
  beside: z.array(z.int()).optional(),
  settings: z.strictObject({ check: check.optional(), migrate: migrate.optional() }),
  traits: rolloutTraits,
  /** The new revision has processes beside web, or they are there; absent where there are none. */
  processes: z.literal(true).optional(),
  /** The new revision has companions; absent where it has none. */
  services: z.literal(true).optional(),
})
export type RolloutInput = z.output<typeof rolloutInput>

/** What a deploy or rollback set out to do: kept as a step's result, so that every attempt follows the same plan. */
export const rolloutPlan = z.strictObject({
  /** The revision that the ledger knew as the current one when the job set out. */
  current: z.int().nullable(),
  /** The revisions that were there then; absent in plans that were made before this was kept. */
  present: z.array(z.int()).optional(),
  input: rolloutInput,
  actions: z.array(rolloutAction),
})
export type RolloutPlan = z.output<typeof rolloutPlan>

export const verdicts = ['pass', 'fail', 'inconclusive'] as const
export type Verdict = (typeof verdicts)[number]

/** A sample as its source gave it: a query's single number, or the proxy's figures since the weight last changed. */
export const sample = z.union([
  z.strictObject({ requests: z.number(), errors: z.number(), latencyMs: z.number().optional() }),
  z.strictObject({ value: z.number().nullish() }),
])
export type Sample = z.output<typeof sample>

/** One difference that a deploy would make. */
export const change = z.strictObject({
  action: z.enum(['create', 'update', 'delete']),
  /** `container shop-staging-3-1`, `Deployment shop`. */
  object: z.string(),
  fields: z.array(z.strictObject({ field: z.string(), from: z.string().optional(), to: z.string().optional() })),
})
export type Change = z.output<typeof change>

/** A companion, as an engine sees it. */
export const seenService = z.strictObject({
  name: z.string(),
  /** Its own, as it was made with. */
  revision: z.int(),
  image: z.string(),
  healthy: z.boolean(),
  state: z.string(),
  reason: z.string().nullable(),
  host: z.string().nullable(),
})

/** One running copy of an app, as an engine sees it. */
export const replica = z.strictObject({
  name: z.string(),
  revision: z.int(),
  healthy: z.boolean(),
  /** The engine's word: `running`, `exited`, `Pending`, … */
  state: z.string(),
  /** Why it is not healthy, where known. */
  reason: z.string().nullable(),
  host: z.string().nullable(),
  /** The process that it is of; absent for web. */
  process: z.string().optional(),
})
