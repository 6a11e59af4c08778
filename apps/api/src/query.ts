import { refuseFaults } from '@stevedore/contract'
import { z } from 'zod'
import { parseInput, refuseTrickery } from './parse-input.ts'

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
  refuseTrickery(query)
  return parseInput((schema ?? z.strictObject({})) as z.ZodType<T>, query)
}
