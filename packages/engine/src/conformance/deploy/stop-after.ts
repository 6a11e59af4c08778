import { expect } from 'vitest'
import type { WorkContext } from '../../work-context.ts'
import { openContext } from '../context.ts'

/** @returns how many steps were finished: the next worker goes on from there */
export async function runUntilStopped(steps: ((context: WorkContext) => Promise<void>)[], context: WorkContext) {
  for (const [index, step] of steps.entries())
    try {
      await step(context)
    } catch (error) {
      expect(error).toBe(gone)
      return index
    }
  return steps.length
}

const gone = new Error('the worker is gone')

/** The work of a worker that is killed after so many effects: from then on nothing of it gets past the fence. */
export function stopAfter(allowed: number): WorkContext {
  let left = allowed
  return openContext({
    fence: async () => {
      if (left-- <= 0) throw gone
    },
  })
}
