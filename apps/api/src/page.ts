import { z } from 'zod'
import { writeCursor } from './query.ts'

/** A part of a list, newest first. `next` is the cursor of the following part, null at the end. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}

/**
 * Cuts what was read down to the limit.
 * @param found one more than the limit, so that its presence shows there is more
 */
export function cutPage<R>(found: readonly R[], limit: number, position: (item: R) => number) {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, next: found.length > limit && last !== undefined ? writeCursor(position(last)) : null }
}

/** A list that is always short enough to be whole. */
export function wholePage<T>(items: T[]): { items: T[]; next: null } {
  return { items, next: null }
}
