import { type DeployHarness, findFailed, type Load, startLoad } from '@stevedore/engine/conformance'
import { expect } from 'vitest'

export interface SharedLoad extends Load {
  /** How often each revision has answered since the last call. */
  takeShares(): Record<string, number>
}

export function startSharedLoad(request: DeployHarness['request']): SharedLoad {
  const load = startLoad(request)
  let taken = 0
  return {
    ...load,
    takeShares() {
      const shares: Record<string, number> = {}
      for (const reply of load.replies.slice(taken)) {
        const key = typeof reply === 'string' ? 'none' : String(reply.revision)
        shares[key] = (shares[key] ?? 0) + 1
      }
      taken = load.replies.length
      return shares
    },
  }
}

/** Ends a load that must have been one: that no request failed says nothing about a handful. */
export async function expectNoneFailed(load: Load): Promise<void> {
  const replies = await load.stop()
  expect(replies.length).toBeGreaterThan(100)
  expect(findFailed(replies)).toEqual([])
}
