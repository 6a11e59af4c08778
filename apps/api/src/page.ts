import { type Page, writeCursor } from '@stevedore/contract'

/**
 * Cuts what was read down to the limit.
 * @param found one more than the limit, so that its presence shows there is more
 */
export function cutPage<R>(found: readonly R[], limit: number, position: (item: R) => number): Page<R> {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, next: found.length > limit && last !== undefined ? writeCursor(position(last)) : null }
}

/** A list that is always short enough to be whole. */
export function wholePage<T>(items: T[]): { items: T[]; next: null } {
  return { items, next: null }
}
