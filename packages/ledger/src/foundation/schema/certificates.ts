import { at, bytes } from '../columns.ts'
import { pgTable, text } from '../drizzle.ts'

/** For the proxies of Docker hosts, under the names that people gave them. */
export const certificates = pgTable('certificates', {
  name: text().primaryKey(),
  /** PEM: the certificate, then those of its chain. */
  chain: text().notNull(),
  /** Its key, sealed like a secret. */
  sealed: bytes().notNull(),
  /** What the certificate itself says. */
  fingerprint: text().notNull(),
  dnsNames: text().array().notNull(),
  startsAt: at().notNull(),
  expiresAt: at().notNull(),
  putBy: text().notNull(),
  putAt: at().notNull().defaultNow(),
  /** What a proxy had against this one; none once it is put anew. */
  refusal: text(),
})
