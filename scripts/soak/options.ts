import { parseArgs } from 'node:util'

export interface SoakOptions {
  minutes: number
  apis: number
  workers: number
  seed: number
  transport: 'redis' | 'postgres'
}

/** Ends the process with 2 where they cannot be read. */
export function readOptions(arguments_: string[]): SoakOptions {
  try {
    return parseOptions(arguments_)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

export function parseOptions(arguments_: string[]): SoakOptions {
  const { values } = parseArgs({
    args: arguments_,
    options: {
      minutes: { type: 'string', default: '10' },
      apis: { type: 'string', default: '2' },
      workers: { type: 'string', default: '3' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      transport: { type: 'string', default: 'redis' },
    },
  })
  const { transport } = values
  if (transport !== 'redis' && transport !== 'postgres')
    throw new Error(`--transport is redis or postgres, not ${transport}.`)
  return {
    minutes: parseNumber('minutes', values.minutes, { least: 0.5, most: 10_080 }),
    apis: parseWhole('apis', values.apis, { least: 1, most: 20 }),
    workers: parseWhole('workers', values.workers, { least: 1, most: 50 }),
    seed: parseWhole('seed', values.seed, { least: 0, most: 2 ** 32 - 1 }),
    transport,
  }
}

interface Bounds {
  least: number
  most: number
}

function parseNumber(name: string, text: string, { least, most }: Bounds): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new Error(`--${name} is a number from ${least} to ${most}, not ${text}.`)
}

function parseWhole(name: string, text: string, bounds: Bounds): number {
  const value = parseNumber(name, text, bounds)
  if (Number.isInteger(value)) return value
  throw new Error(`--${name} is a whole number, not ${text}.`)
}
