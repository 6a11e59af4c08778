import type { Random } from '../../scripts/soak/random.ts'
import type { Process } from './schedule.ts'

/** What befalls a process around a statement: Postgres has done it, or not, and who asked hears of it, or not. */
export type Fault = 'cut before' | 'cut after' | 'kill before' | 'kill after' | 'stop'

export interface FaultOptions {
  /** Past which processes are stopped, now and then. */
  leaseMs: number
  /** No more than these: to find the fewest that a failure takes. */
  most?: number | undefined
}

/** Of a statement to be befallen. Where something is kept it matters most. */
const probability = (keeps: boolean) => (keeps ? 1 / 20 : 1 / 80)
const usual = 5

/** Chooses by the seed; a seed has some faults and then none, so that its work comes to an end. */
export function openFaults(random: Random, { leaseMs, most = usual }: FaultOptions) {
  let count = 0
  let left = Math.min(random.below(usual + 1), most)
  return {
    count: () => count,
    isOver: () => left === 0,
    end() {
      left = 0
    },
    /** @param keeps whether the statement is a commit, or one that commits by itself */
    choose(process: Process, keeps: boolean): Fault | undefined {
      if (left === 0 || !random.chance(probability(keeps))) return undefined
      left -= 1
      count += 1
      const fault = random.pick(['cut before', 'cut after', 'kill before', 'kill after', 'stop', 'stop'] as const)
      return fault === 'stop' && process.name.startsWith('api') ? 'kill after' : fault
    },
    /** About as often past its lease as not. */
    drawStopMs: () => leaseMs * random.between(0.2, 2.5),
  }
}

export type Faults = ReturnType<typeof openFaults>
