import { type Fault, findDeceptiveText, listFaults, refuseFaults } from '@stevedore/contract'
import type { z } from 'zod'

/** Checks a part of a request; throws a ProblemError that lists every fault, each at its path. */
export function parseInput<T>(schema: z.ZodType<T> | undefined, value: unknown): T {
  if (!schema) return undefined as T
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw refuseFaults(listFaults(parsed.error))
}

/**
 * Of a body, a query or an address: throws when it would set a prototype, or holds text that reads as other than it is or that the ledger
 * cannot hold.
 */
export function refuseTrickery(input: unknown): void {
  const poisoned = findPrototypeKey(input)
  if (poisoned) throw refuseFaults([{ path: poisoned, code: 'unknown-key', message: 'is not a known key' }])
  const deceptive = findDeceptiveText(input)
  if (deceptive)
    throw refuseFaults([
      { path: deceptive, code: 'deceptive-text', message: 'holds invisible or misleading characters' },
    ])
}

function findPrototypeKey(value: unknown, path: Fault['path'] = []): Fault['path'] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, key]
    if (key === '__proto__' || (key === 'constructor' && Object.hasOwn(Object(inner), 'prototype'))) return here
    const found = findPrototypeKey(inner, here)
    if (found) return found
  }
  return undefined
}
