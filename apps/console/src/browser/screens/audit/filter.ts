import type { AuditAction } from '@stevedore/contract'

/** What can be sought by; each is named in the address as the API names it. */
export const filterNames = ['app', 'environment', 'job', 'actor', 'action', 'since'] as const
export type FilterName = (typeof filterNames)[number]
export type Filter = Partial<Record<FilterName, string>>

/** The contract has them with the schemas of their data, which stay at the server; a test holds this list against those. */
export const actions = [
  'app.declared',
  'app.retired',
  'job.requested',
  'job.transition',
  'job.cancel',
  'job.retry',
  'job.approve',
  'job.reject',
  'job.pause',
  'job.resume',
  'job.promote',
  'job.abort',
  'revision.created',
  'revision.activated',
  'revision.failed',
  'revision.scaled',
  'service.activated',
  'service.failed',
  'environment.removed',
  'environment.swept',
  'environment.pinned',
  'environment.unpinned',
  'image.recorded',
  'secret.set',
  'secret.bound',
  'secret.removed',
  'certificate.put',
  'certificate.removed',
  'grant.put',
  'grant.removed',
  'token.created',
  'token.revoked',
  'webhook.received',
  'schedule.missed',
  'schedule.skipped',
  'backup.made',
  'backup.restored',
] as const satisfies readonly AuditAction[]

export function readFilter(query: URLSearchParams): Filter {
  const given = filterNames.map((name) => [name, query.get(name)?.trim()] as const).filter(([, value]) => value)
  return Object.fromEntries(given)
}

/** The filter that a form asks for: its time is the reader's own, the API's is not. */
export function readForm(form: FormData): Filter {
  const query = new URLSearchParams([...form].map(([name, value]) => [name, String(value)]))
  const { since, ...rest } = readFilter(query)
  const at = new Date(since ?? '')
  return { ...rest, ...(Number.isNaN(at.getTime()) ? {} : { since: at.toISOString() }) }
}

/** The address of the audit with this filter; `more` is where in it. */
export function linkAudit(filter: Filter, more: Record<string, string> = {}): string {
  const text = new URLSearchParams({ ...filter, ...more }).toString()
  return `/console/audit${text && `?${text}`}`
}

/** As a field for a time takes it: `2026-03-01T12:30`, in the reader's own time zone. Empty where it is none. */
export function toLocalInput(since: string | undefined): string {
  const date = new Date(since ?? '')
  if (Number.isNaN(date.getTime())) return ''
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
