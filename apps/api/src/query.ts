import { z } from 'zod'
import { parseInput, refuseFaults } from './parse-input.ts'

/** Splits a query string; a parameter given more than once becomes an array, which no schema takes. */
export function splitQuery(text: string): Record<string, string | string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(text)) values.set(name, [...(values.get(name) ?? []), value])
  return Object.fromEntries(
    [...values].map(([name, [only = '', ...more]]) => [name, more.length ? [only, ...more] : only]),
  )
}

/** A route without a query schema takes no parameters at all. */
export function parseQuery<T>(schema: z.ZodType<T> | undefined, query: unknown): T {
  const repeated = Object.entries(query as object).filter(([, value]) => Array.isArray(value))
  if (repeated.length > 0)
    throw refuseFaults(
      repeated.map(([name]) => ({ path: [name], code: 'repeated', message: 'is given more than once' })),
    )
  return parseInput((schema ?? z.strictObject({})) as z.ZodType<T>, query)
}

/** A whole number written in plain digits. */
export function digits(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
}

export const limit = digits(1, 200).default(50).meta({ description: 'How many, at most 200.' })

/** Where a list goes on: what the last answer gave as `next`. Opaque to callers. */
export const cursor = z
  .string()
  .regex(/^c\d{1,15}$/, 'a cursor as an earlier answer gave it')
  .transform((text) => Number(text.slice(1)))

export function writeCursor(position: number): string {
  return `c${position}`
}

export const flag = z.enum(['0', '1', 'true', 'false']).transform((text) => text === '1' || text === 'true')
