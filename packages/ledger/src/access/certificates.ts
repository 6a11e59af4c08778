import type { By } from '../foundation/append-audit.ts'
import { notify } from '../foundation/channels.ts'
import { now } from '../foundation/clock.ts'
import { and, asc, desc, eq, getTableColumns } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import { certificates } from '../foundation/schema/certificates.ts'
import type { Sealer } from '../foundation/sealer.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'
import { sealerOf } from './secrets.ts'

export type CertificateRecord = Omit<typeof certificates.$inferSelect, 'chain' | 'sealed'>

/** What is put: a chain and a key in PEM, and what the certificate says of itself. */
export interface NewCertificate
  extends Pick<CertificateRecord, 'name' | 'fingerprint' | 'dnsNames' | 'startsAt' | 'expiresAt'> {
  chain: string
  key: string
}

/** As a proxy serves it. */
export interface OpenedCertificate {
  name: string
  chain: string
  /** Undefined where another master key sealed it. */
  key: string | undefined
  fingerprint: string
  putAt: Date
}

const { chain: _, sealed: __, ...record } = getTableColumns(certificates)

/** No secret has such a name, so that no seal opens as the other. */
const toIdentity = (name: string) => ({ name: `certificate/${name}`, app: '', environment: '' })

/** Keeps a certificate in place of an earlier one of the name. The same again changes nothing, but that proxies are to try it once more. */
export function putCertificate(
  ledger: Ledger,
  { key, by, ...given }: NewCertificate & { by: By },
): Promise<CertificateRecord> {
  const sealer = sealerOf(ledger)
  return transact(ledger, async (tx) => {
    const present = await findRow(tx, given.name)
    const isSame = present?.chain === given.chain && openKey(sealer, present) === key
    if (isSame && present.refusal === null) return toRecord(present)
    await tx.db.execute(notify('stevedore_certificate', given.name))
    if (isSame) return clearRefusal(tx, given.name)
    const kept = {
      ...given,
      sealed: sealer.seal(toIdentity(given.name), key),
      refusal: null,
      putBy: by.actor,
      putAt: now,
    }
    const rows = await tx.db
      .insert(certificates)
      .values(kept)
      .onConflictDoUpdate({ target: certificates.name, set: kept })
      .returning(record)
    const { name, fingerprint, expiresAt } = given
    tx.record({ by, action: 'certificate.put', detail: { name, fingerprint, expiresAt: expiresAt.toISOString() } })
    return takeOnly(rows, `the certificate ${name}`)
  })
}

async function findRow({ db }: Transaction, name: string) {
  const [row] = await db.select().from(certificates).where(eq(certificates.name, name)).for('update')
  return row
}

function toRecord({ chain: _, sealed: __, ...rest }: typeof certificates.$inferSelect): CertificateRecord {
  return rest
}

async function clearRefusal({ db }: Transaction, name: string): Promise<CertificateRecord> {
  const isIt = eq(certificates.name, name)
  const rows = await db.update(certificates).set({ refusal: null }).where(isIt).returning(record)
  return takeOnly(rows, `the certificate ${name}`)
}

/** @returns whether there was such a certificate */
export function removeCertificate(ledger: Ledger, { name, by }: { name: string; by: By }): Promise<boolean> {
  return transact(ledger, async (tx) => {
    const [removed] = await tx.db
      .delete(certificates)
      .where(eq(certificates.name, name))
      .returning({ fingerprint: certificates.fingerprint })
    if (!removed) return false
    await tx.db.execute(notify('stevedore_certificate', name))
    tx.record({ by, action: 'certificate.removed', detail: { name, fingerprint: removed.fingerprint } })
    return true
  })
}

/** By name; without chains and keys. */
export function listCertificates(ledger: Ledger): Promise<CertificateRecord[]> {
  return query(ledger, (db) => db.select(record).from(certificates).orderBy(asc(certificates.name)))
}

/** With their keys, the one that was put last first. */
export async function openCertificates(ledger: Ledger): Promise<OpenedCertificate[]> {
  const rows = await query(ledger, (db) =>
    db.select().from(certificates).orderBy(desc(certificates.putAt), asc(certificates.name)),
  )
  if (rows.length === 0) return []
  const sealer = sealerOf(ledger)
  return rows.map(({ sealed, ...row }) => {
    const { name, chain, fingerprint, putAt } = row
    return { name, chain, fingerprint, putAt, key: openKey(sealer, { name, sealed }) }
  })
}

function openKey(sealer: Sealer, { name, sealed }: { name: string; sealed: Buffer }): string | undefined {
  try {
    return sealer.open(toIdentity(name), sealed)
  } catch {
    // The master key has changed since: it has to be put again.
    return undefined
  }
}

/** Notes why a proxy does not serve a certificate, unless another was put in its place meanwhile. */
export async function recordRefusal(
  ledger: Ledger,
  { name, fingerprint, refusal }: { name: string; fingerprint: string; refusal: string },
): Promise<void> {
  const isIt = and(eq(certificates.name, name), eq(certificates.fingerprint, fingerprint))
  await query(ledger, (db) => db.update(certificates).set({ refusal }).where(isIt))
}
