import { hash } from 'node:crypto'

/** An entry as the hash covers it. */
export interface HashedEntry {
  format: number
  seq: number
  at: Date
  actor: string
  action: string
  app: string | null
  environment: string | null
  jobId: string | null
  /** The JSON text as it is stored. */
  detail: string
  prevHash: string
}

/** Stands before the first entry. */
export const genesisHash = '0'.repeat(64)

/**
 * SHA-256 of the entry's canonical form, format 1: a JSON array of its fields as Postgres's `json_build_array` writes it. Computed here and not
 * by the database, which may be what lies. The trigger's `audit_hash` (drizzle/0001) computes the same; a test holds the two equal.
 */
export function hashEntry(entry: HashedEntry): string {
  const { format, seq, at, actor, action, app, environment, jobId, detail, prevHash } = entry
  const fields = [format, seq, at.toISOString(), actor, action, app, environment, jobId, detail, prevHash]
  const canonical = `[${fields.map((field) => JSON.stringify(field)).join(', ')}]`
  return hash('sha256', canonical, 'hex')
}
