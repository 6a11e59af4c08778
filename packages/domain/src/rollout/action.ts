import type { Analysis } from '@stevedore/contract'

/**
 * One step of a rollout, carried out by an engine. Each can be repeated: it works from what is observed. The names of actions
 * are the names of a job's steps, so that a finished one is skipped by a later attempt.
 */
export type RolloutAction =
  | { do: 'prepare' }
  | { do: 'migrate' }
  | { do: 'scale-up'; revision: number; count: number }
  | { do: 'check' }
  | { do: 'route'; weights: Record<number, number> }
  | { do: 'scale-down'; revision: number; count: number }
  | { do: 'roll'; revision: number }
  /** Ends when the duration is over or, without one, when a person promotes. */
  | { do: 'pause'; forMs: number | undefined; analysis: Analysis | undefined }
  | { do: 'settle'; revision: number; keep: number[] }

/** A step's name: stable for one plan, and telling. */
export function nameAction(action: RolloutAction): string {
  switch (action.do) {
    case 'scale-up':
    case 'scale-down':
      return `${action.do} r${action.revision} to ${action.count}`
    case 'route':
      return `route ${Object.entries(action.weights)
        .map(([revision, percent]) => `r${revision} ${percent}%`)
        .join(', ')}`
    case 'roll':
    case 'settle':
      return `${action.do} r${action.revision}`
    case 'pause':
      return action.forMs === undefined ? 'pause until promoted' : `pause ${action.forMs / 1000}s`
    default:
      return action.do
  }
}
