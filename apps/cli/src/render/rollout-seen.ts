import type { JobEvent } from '@stevedore/contract'
import { describeWeights } from './describe-event.ts'
import { plain } from './visible.ts'

/** What a job's events have told of its rollout. */
export interface RolloutSeen {
  /** `r1 50%, r2 50%` once traffic has been shifted. */
  traffic: string | undefined
  /** Replicas by name, each with how it is; those that were stopped are not there. */
  replicas: ReadonlyMap<string, string>
}

export const nothingSeen: RolloutSeen = { traffic: undefined, replicas: new Map() }

/** What is known of the rollout after one more event. */
export function heedEvent({ traffic, replicas }: RolloutSeen, event: JobEvent): RolloutSeen {
  const seen = { traffic, replicas }
  switch (event.type) {
    case 'traffic.shifted':
      return { replicas, traffic: describeWeights(event.data.weights) }
    case 'replica.started':
      return { traffic, replicas: new Map([...replicas, [plain(event.data.replica), 'started']]) }
    case 'replica.healthy':
      return { traffic, replicas: new Map([...replicas, [plain(event.data.replica), 'healthy']]) }
    case 'replica.stopped':
      return { traffic, replicas: new Map([...replicas].filter(([name]) => name !== plain(event.data.replica))) }
    case 'rollout.observed':
      return toSeen(event.data) ?? seen
    default:
      return seen
  }
}

/** What was observed at the end counts more than what was told on the way. */
function toSeen({ replicas, traffic }: JobEvent<'rollout.observed'>['data']): RolloutSeen | undefined {
  if (replicas.length === 0) return undefined
  return {
    traffic: describeWeights(traffic),
    replicas: new Map(replicas.map(({ name, healthy, state }) => [plain(name), healthy ? 'healthy' : plain(state)])),
  }
}
