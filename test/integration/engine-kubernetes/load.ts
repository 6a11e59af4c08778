import { EventEmitter, on } from 'node:events'
import { type DeployHarness, findFailed, type Load, startLoad } from '@stevedore/engine/conformance'
import { expect } from 'vitest'

export interface SharedLoad extends Load {
  /** Resolves once each of these revisions has answered a request that was sent from now on. */
  waitForRevisions(revisions: readonly number[], signal: AbortSignal): Promise<void>
}

export function startSharedLoad(request: DeployHarness['request']): SharedLoad {
  const answers = new EventEmitter()
  const load = startLoad(async (path) => {
    const answer = await request(path)
    answers.emit('revision', answer.revision)
    return answer
  })
  return {
    ...load,
    async waitForRevisions(revisions, signal) {
      const missing = new Set(revisions)
      for await (const [revision] of on(answers, 'revision', { signal })) {
        missing.delete(revision)
        if (missing.size === 0) return
      }
    },
  }
}

/** Ends a load that must have been one: that no request failed says nothing about a handful. */
export async function expectNoneFailed(load: Load): Promise<void> {
  const replies = await load.stop()
  expect(replies.length).toBeGreaterThan(100)
  expect(findFailed(replies)).toEqual([])
}
