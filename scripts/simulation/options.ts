import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export interface SimulationOptions {
  /** The first; the others follow. */
  seed: number
  seeds: number
  /** No more of the faults that a seed has. */
  faults: number | undefined
  /** Seeds that run side by side, each in a process and a database of its own. */
  lanes: number
}

/** Ends the process with 2 where they cannot be read. */
export function readOptions(arguments_: string[]): SimulationOptions {
  try {
    return parseOptions(arguments_)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

export function parseOptions(arguments_: string[]): SimulationOptions {
  const { values } = parseArgs({
    args: arguments_,
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      faults: { type: 'string' },
      lanes: { type: 'string', default: String(availableParallelism() + 1) },
    },
  })
  const { seed, faults, seeds = seed === undefined ? '1000' : '1', lanes } = values
  return {
    seed: seed === undefined ? 1 : parseWhole('seed', seed, { least: 0, most: 2 ** 32 - 1 }),
    seeds: parseWhole('seeds', seeds, { least: 1, most: 10_000_000 }),
    faults: faults === undefined ? undefined : parseWhole('faults', faults, { least: 0, most: 100 }),
    lanes: parseWhole('lanes', lanes, { least: 1, most: 64 }),
  }
}

function parseWhole(name: string, text: string, { least, most }: { least: number; most: number }): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new Error(`--${name} is a whole number from ${least} to ${most}, not ${text}.`)
}
