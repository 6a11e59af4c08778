import type { AuditEntry, Page } from '@stevedore/contract'
import { ask, send, writeQuery } from '../../api/client.ts'
import { RefusedError } from '../../api/problem.ts'
import type { Place, State } from '../../state.ts'
import { type Filter, readFilter } from './filter.ts'

export interface Audit {
  page: Page<AuditEntry>
  /** The one that the address names; null where there is none such, undefined where it names none. */
  entry: AuditEntry | null | undefined
  /** By which rights the service itself could change the trail; null where the token may not know. */
  guard: { role: string; may: string[] } | null
}

export async function loadAudit({ query }: Place, state: State, signal: AbortSignal): Promise<Audit> {
  const [page, entry, guard] = await Promise.all([
    listEntries({ ...readFilter(query), cursor: query.get('cursor') ?? undefined, limit: '50' }, signal),
    findEntry(query, signal),
    state.me?.server ? ask('getAuditGuard', { signal }).catch(ignoreRefusal) : null,
  ])
  return { page, entry, guard }
}

type Wanted = Filter & { cursor?: string | undefined; limit: string; order?: 'asc' }

export async function listEntries(wanted: Wanted, signal?: AbortSignal): Promise<Page<AuditEntry>> {
  const query = writeQuery({ order: 'desc', ...wanted })
  return (await send(`/v1/audit${query}`, signal ? { signal } : {})).json()
}

/** An entry's address says when it was made, since a list can be begun at a time and not at a number. */
async function findEntry(query: URLSearchParams, signal: AbortSignal): Promise<AuditEntry | null | undefined> {
  const [seq, at] = [query.get('entry'), query.get('at')]
  if (!seq || !at) return undefined
  const { items } = await listEntries({ since: at, order: 'asc', limit: '50' }, signal)
  return items.find((entry) => String(entry.seq) === seq) ?? null
}

function ignoreRefusal(error: unknown): null {
  if (error instanceof RefusedError) return null
  throw error
}
