import type { Lane } from './lane.ts'
import type { Mutation } from './mutation.ts'
import { runSeed, type SeedResult } from './run-seed.ts'

/** A seed that fails, with the fewest of its faults with which it still does. */
export interface Failure extends SeedResult {
  /** With no more faults than these. */
  mostFaults: number
}

/** Runs a failing seed again with none of its faults, with the first of them, with the first two, until it fails. */
export async function findShortest(lane: Lane, failed: SeedResult, mutation: Mutation = {}): Promise<Failure> {
  for (let mostFaults = 0; mostFaults < failed.faults; mostFaults++) {
    const result = await runSeed(lane, failed.seed, { mutation, mostFaults })
    if (result.broken.length > 0) return { ...result, mostFaults }
  }
  return { ...failed, mostFaults: failed.faults }
}
