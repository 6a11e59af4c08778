import type { AuditEntry } from '@stevedore/contract'
import { html, type TemplateResult } from 'lit-html'
import { ask } from '../../api/client.ts'
import { viewBadge } from '../../parts/badge.ts'
import { nameActor } from '../../parts/job.ts'
import { formatBytes } from '../../parts/revision.ts'
import { viewAge } from '../../parts/time.ts'

/** A copy of all that the ledger holds. */
export interface Backup {
  at: string
  by: string
  /** null where its entry does not say. */
  bytes: number | null
}

/** The newest one that the trail tells of, where it tells of any. */
export async function listNewestBackup(signal: AbortSignal): Promise<Backup[]> {
  const { items } = await ask('listAudit', { query: { action: 'backup.made', order: 'desc', limit: 1 }, signal })
  return items.map(toBackup)
}

/** An entry is as it was written, by whatever version. */
export function toBackup({ at, actor, detail: { bytes } }: AuditEntry): Backup {
  return { at, by: actor, bytes: typeof bytes === 'number' && bytes >= 0 ? bytes : null }
}

export function viewBackup([newest]: Backup[], nowMs: number): TemplateResult {
  if (!newest)
    return html`${viewBadge('wait', 'triangle-alert', 'none was ever made')} <code>stevedore backup --to FOLDER</code>`
  const { at, by, bytes } = newest
  return html`the newest was made ${viewAge(at, nowMs)} by ${nameActor(by)}${bytes === null ? '' : `, ${formatBytes(bytes)}`}`
}
