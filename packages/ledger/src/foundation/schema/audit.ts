import type { AuditAction, AuditEntry } from '@stevedore/contract'
import { at } from '../columns.ts'
import { bigint, customType, index, pgTable, smallint, text, uuid } from '../drizzle.ts'
import { canonicalJson } from '../json.ts'

/** `json`, not `jsonb`: it keeps the text exactly as it was written, which is what the hash covers. */
const verbatimJson = customType<{ data: AuditEntry['detail']; driverData: unknown }>({
  dataType: () => 'json',
  toDriver: canonicalJson,
})

/**
 * The chain. `seq`, `at`, `prev_hash` and `hash` are set by the trigger `audit_chain`, whatever an insert says; updates, deletes and truncates
 * are refused by `audit_append_only` (drizzle/0001).
 */
export const audit = pgTable(
  'audit',
  {
    seq: bigint({ mode: 'number' }).primaryKey().default(0),
    /** Of the canonical form that the hash covers. */
    format: smallint().notNull().default(1),
    at: at().notNull().defaultNow(),
    actor: text().notNull(),
    action: text().$type<AuditAction>().notNull(),
    app: text(),
    environment: text(),
    jobId: uuid(),
    detail: verbatimJson().notNull(),
    prevHash: text().notNull().default(''),
    hash: text().notNull().default(''),
  },
  (table) => [
    index('audit_by_app').on(table.app, table.seq),
    index('audit_by_environment').on(table.environment, table.seq),
    index('audit_by_actor').on(table.actor, table.seq),
    index('audit_by_action').on(table.action, table.seq),
    index('audit_by_job').on(table.jobId, table.seq),
    // Of a few bytes for many entries, which lie in the order of their time: what is asked for is mostly recent.
    index('audit_at').using('brin', table.at),
  ],
)
