import type { StrategyType } from './app-spec/strategy.ts'

/**
 * What a worker needs, settled when the job is recorded: nothing that could have moved since (a tag, a spec, the newest
 * image) is looked up again.
 */
export type JobPayload = BuildPayload | PushPayload | DeployPayload | RemovePayload | RollbackPayload

export interface BuildPayload {
  kind: 'build'
  /** Stages in order; null for the Dockerfile's last one alone. */
  targets: string[] | null
  ref: string | null
  /** null: `git describe` of the checkout. */
  version: string | null
  push: boolean
  registry: string
  noCache: boolean
  /** An uploaded archive instead of git. */
  upload: string | null
  /** Builds of one scope share layers; a fork's pull request has a scope of its own. */
  cacheScope: string
  /** An untrusted build gets no secrets. */
  trusted: boolean
}

export interface PushPayload {
  kind: 'push'
  images: { version: string; target: string }[]
}

export interface DeployPayload {
  kind: 'deploy'
  /** `REGISTRY/NAME@sha256:…`. */
  image: string
  version: string
  target: string | null
  dryRun: boolean
  /** Overrides the environment's own. */
  strategy: StrategyType | null
  /** A person's deploy ends a rollback's pin; a trigger's does not start while one holds. */
  byPerson: boolean
}

/** Takes down what the environment runs when the job's turn comes: a deploy before it in the line may still change that. */
export interface RemovePayload {
  kind: 'deploy'
  remove: true
}

export interface RollbackPayload {
  kind: 'rollback'
  toRevision: number
  image: string
  version: string
}

/** A job to record when this one has succeeded. */
export interface FollowUp {
  kind: 'push' | 'deploy'
  environment?: string
  target?: string
}
