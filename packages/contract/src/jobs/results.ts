import { z } from 'zod'
import { buildReport } from './build-report.ts'
import type { JobKind } from './job.ts'
import { change, rolloutPlan, trafficWeights, verdicts } from './rollout.ts'
import { scanReport } from './scan-report.ts'

/** Jobs of the pipeline that were not recorded when this one had succeeded, each with the reason. */
const leftOut = z.array(z.string()).optional()

export const buildResult = z.strictObject({
  version: z.string(),
  commit: z.string(),
  reports: z.array(buildReport),
  leftOut,
})

export const pushResult = z.strictObject({
  images: z.array(z.strictObject({ version: z.string(), target: z.string(), digest: z.string() })),
  leftOut,
})

/** What serves now, as it was observed at the end. */
export const rolloutResult = z.strictObject({
  revision: z.int(),
  image: z.string(),
  version: z.string(),
  target: z.string().nullish(),
  address: z.string().nullable(),
  traffic: trafficWeights,
  /** For how long nothing served, in milliseconds, where the strategy stops what runs before it starts what comes. */
  downMs: z.int().optional(),
  /** Of a rollback: the volumes that keep what is in them, whichever revision serves. */
  volumesKept: z.array(z.string()).optional(),
  leftOut,
})

export const previewResult = z.strictObject({
  dryRun: z.literal(true),
  changes: z.array(change),
  /** What no single change tells, in sentences. */
  notes: z.array(z.string()).optional(),
})
/** The revision that was taken down, what became of its volumes (those that stay, those that went with their data), and whose links lead nowhere now. */
export const removalResult = z.strictObject({
  removed: z.int(),
  volumesLeft: z.array(z.string()).optional(),
  volumesRemoved: z.array(z.string()).optional(),
  /** The environments that run with a link to it, as `APP/ENVIRONMENT`. */
  linkedFrom: z.array(z.string()).optional(),
})
/** The companion as it runs now, by a number of its own. */
export const serviceResult = z.strictObject({ service: z.string(), revision: z.int(), image: z.string() })
/** How a command ended, also of a job that failed for it, and the revision that it ran in. */
export const runResult = z.strictObject({
  exitCode: z.int(),
  revision: z.int(),
  version: z.string(),
  /** Of a command inside a replica: which. */
  replica: z.string().optional(),
})
/** Of a deploy that was cancelled: who gets the traffic, in words. */
const stoppedResult = z.strictObject({ traffic: z.string() })
/** `reason` is there where it was not for a newer request, but for a later push. */
const supersededResult = z.strictObject({ supersededBy: z.string(), reason: z.string().optional() })

/** What a job came to; which of them follows from its kind, its request and its state. */
export const jobResult = z.union([
  buildResult,
  pushResult,
  rolloutResult,
  previewResult,
  removalResult,
  serviceResult,
  runResult,
  stoppedResult,
  supersededResult,
])
export type JobResult = z.output<typeof jobResult>

/** What a job of a kind can succeed with. */
export interface ResultByKind extends Record<JobKind, JobResult> {
  build: z.output<typeof buildResult>
  push: z.output<typeof pushResult>
  deploy:
    | z.output<typeof rolloutResult>
    | z.output<typeof previewResult>
    | z.output<typeof removalResult>
    | z.output<typeof serviceResult>
  rollback: z.output<typeof rolloutResult>
  run: z.output<typeof runResult>
}

/** One stored value of a secret, by where it is stored and how often it was replaced there. */
const secretVersion = z.strictObject({
  name: z.string(),
  /** null: for every app. */
  app: z.string().nullable(),
  /** null: for every environment. */
  environment: z.string().nullable(),
  version: z.int(),
  fingerprint: z.string(),
})

/** For steps that are only done or not. What an older version kept beside that is dropped. */
const nothing = z.unknown().transform(() => null)

/**
 * What a job's steps keep for its later attempts, by what the step does. Rows of older versions are read by these too, so they only
 * ever grow by what may be absent.
 */
export const stepResults = {
  nothing,
  /** The commit that every attempt checks out, what `git describe` said of it, and what the build may miss. */
  checkout: z.object({ commit: z.string(), describe: z.string(), warnings: z.array(z.string()).optional() }),
  /** An image that is to be scanned before it is one of the app's; null where it was recorded at once. */
  built: z.object({ imageId: z.string(), size: z.int(), report: buildReport, tags: z.array(z.string()) }).nullable(),
  scan: scanReport,
  push: z.object({ digest: z.string() }),
  revision: z.object({ number: z.int() }),
  secrets: z.array(secretVersion),
  plan: rolloutPlan,
  preview: z.array(change),
  /** How a command ended, and the limit that it ran into. */
  command: z.object({ exitCode: z.int(), excess: z.string().optional() }),
  /** The replica in which a command is about to begin, and where that is. */
  replica: z.object({ name: z.string(), host: z.string().optional() }),
  /** The names of an environment's volumes. */
  volumes: z.array(z.string()),
  /** Of the ledger's clock, in milliseconds. */
  moment: z.object({ at: z.number() }),
  /** Milliseconds of the ledger's clock; null until a person promotes. */
  pause: z.object({ until: z.number().nullable() }),
  sample: z.object({ verdict: z.enum(verdicts), reason: z.string() }),
} as const
export type SampleResult = z.output<typeof stepResults.sample>
