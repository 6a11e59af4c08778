import { type Page, refuseFaults } from '@stevedore/contract'
import { type Ledger, signText } from '@stevedore/ledger'

/** A list as its query names it: a cursor holds for the same list with the same filters alone. */
interface List {
  ledger: Ledger
  name: string
  query: { limit: number; cursor?: string | undefined }
}

/** The position that a cursor stands for; throws for one that no answer of this list gave. */
export function readCursor(list: List): number | undefined {
  const position = readTextCursor(list)
  return position === undefined ? undefined : Number(position)
}

/** The same of a list whose positions are texts. */
export function readTextCursor(list: List): string | undefined {
  const { cursor } = list.query
  if (cursor === undefined) return undefined
  const position = /^c(.+)\.[\w-]+$/.exec(cursor)?.[1] ?? ''
  if (cursor === writeCursor(list, position)) return position
  const message = 'takes what an earlier answer of the same list gave as next'
  throw refuseFaults([{ path: ['cursor'], code: 'invalid-format', message }])
}

function writeCursor({ ledger, name, query }: List, position: number | string): string {
  const { limit: _limit, cursor: _cursor, ...filters } = query
  const sorted = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1))
  return `c${position}.${signText(ledger, JSON.stringify([name, sorted, String(position)]))}`
}

/**
 * Cuts what was read down to the limit.
 * @param found one more than the limit, so that its presence shows there is more
 */
export function cutPage<R>(list: List, found: readonly R[], position: (item: R) => number | string): Page<R> {
  const { limit } = list.query
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, next: found.length > limit && last !== undefined ? writeCursor(list, position(last)) : null }
}

/** A list that is always short enough to be whole. */
export function wholePage<T>(items: T[]): { items: T[]; next: null } {
  return { items, next: null }
}
