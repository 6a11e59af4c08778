import type { Random } from '../../scripts/soak/random.ts'
import type { Process } from './schedule.ts'

/** What befalls a process around a statement: Postgres has done it, or not, and who asked hears of it, or not. */
export type Fault = 'cut before' | 'cut after' | 'kill before' | 'kill after' | 'stop'

export interface FaultOptions {
  /** Past which processes are stopped, now and then. */
  leaseMs: number
}

const probability = 1 / 60
const most = 5

/** Chooses by the seed; a seed has some faults and then none, so that its work comes to an end. */
export function openFaults(random: Random, { leaseMs }: FaultOptions) {
  let left = random.below(most + 1)
  return {
    isOver: () => left === 0,
    end: () => void (left = 0),
    choose(process: Process): Fault | undefined {
      if (left === 0 || !random.chance(probability)) return undefined
      left -= 1
      const fault = random.pick(['cut before', 'cut after', 'kill before', 'kill after', 'stop', 'stop'] as const)
      return fault === 'stop' && process.name.startsWith('api') ? 'kill after' : fault
    },
    /** About as often past its lease as not. */
    drawStopMs: () => leaseMs * random.between(0.2, 2.5),
  }
}

export type Faults = ReturnType<typeof openFaults>
