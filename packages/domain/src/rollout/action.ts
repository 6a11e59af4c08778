import type { RolloutAction } from '@stevedore/contract'

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
    case 'roll-processes':
    case 'finalize':
      return `${action.do} r${action.revision}`
    case 'pause':
      return action.forMs === undefined ? 'pause until promoted' : `pause ${action.forMs / 1000}s`
    default:
      return action.do
  }
}
