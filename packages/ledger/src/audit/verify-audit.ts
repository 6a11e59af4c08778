import type { AuditVerification } from '@stevedore/contract'
import { asc, gt, max, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { audit } from '../foundation/schema/audit.ts'
import { query } from '../foundation/transact.ts'
import type { Head } from './checkpoint.ts'
import { type Break, type ChainEntry, classifyBreak, fits } from './classify-break.ts'
import { genesisHash } from './entry-hash.ts'

const batchSize = 1_000

interface Progress {
  entries: number
  last: ChainEntry | undefined
  beforeLast: ChainEntry | undefined
}

interface VerifyOptions {
  /** Heads that were kept elsewhere, in any order. */
  heads?: readonly Head[]
  /** Of a chain that was verified up to here, so that only what came later is recomputed. */
  from?: Head | undefined
  /** Rejects, between two batches, once it is aborted. */
  signal?: AbortSignal | undefined
}

/**
 * Recomputes the chain from its first entry, in batches, and names the first one that is not as it was written. A tail that was cut off or a
 * chain rewritten from some entry on is consistent in itself: only heads that were kept elsewhere show it.
 */
export async function verifyAudit(
  ledger: Ledger,
  { heads = [], from, signal }: VerifyOptions = {},
): Promise<AuditVerification> {
  const progress: Progress = { entries: 0, last: undefined, beforeLast: undefined }
  const lost = from && (await goTo(ledger, progress, from))
  if (lost) return report(progress, lost)
  const kept = new Set(heads.map(({ seq }) => seq))
  for await (const batch of streamBatches(ledger, from?.seq, signal))
    for (const entry of batch) {
      const expected = progress.entries + 1
      if (!fits(entry, expected, progress.last?.hash ?? genesisHash))
        return report(progress, await explain(ledger, progress, entry))
      if (kept.has(entry.seq) && heads.some(({ seq, hash }) => seq === entry.seq && hash !== entry.hash))
        return report(progress, { seq: entry.seq, reason: 'rewritten' })
      progress.beforeLast = progress.last
      progress.last = entry
      progress.entries++
    }
  const isCut = heads.some(({ seq }) => seq > progress.entries)
  return report(progress, isCut ? { seq: progress.entries + 1, reason: 'cut' } : undefined)
}

/** Begins behind an entry of which the hash is known. */
async function goTo(ledger: Ledger, progress: Progress, { seq, hash }: Head): Promise<Break | undefined> {
  const [entry] = await readAfter(ledger, seq - 1, 1)
  if (entry?.seq !== seq) return { seq, reason: 'cut' }
  if (entry.hash !== hash) return { seq, reason: 'rewritten' }
  progress.entries = seq
  progress.last = entry
  return undefined
}

function report({ entries, last }: Progress, firstBroken: Break | undefined): AuditVerification {
  const head = last?.hash ?? genesisHash
  return firstBroken ? { ok: false, entries, head, firstBroken } : { ok: true, entries, head }
}

async function explain(ledger: Ledger, { entries, last, beforeLast }: Progress, entry: ChainEntry): Promise<Break> {
  const [next] = await readAfter(ledger, entry.seq, 1)
  const [row] = await query(ledger, (db) => db.select({ highest: max(audit.seq) }).from(audit))
  return classifyBreak(entries + 1, [last, beforeLast], entry, next, Number(row?.highest ?? 0))
}

/** The next is read while one is looked at. */
async function* streamBatches(
  ledger: Ledger,
  from: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChainEntry[]> {
  let reading = readAfter(ledger, from, batchSize)
  for (;;) {
    const batch = await reading
    signal?.throwIfAborted()
    if (batch.length === batchSize) reading = readAhead(ledger, batch.at(-1)!.seq)
    yield batch
    if (batch.length < batchSize) return
  }
}

/** What fails is told to who waits for it, not to who has stopped before. */
function readAhead(ledger: Ledger, after: number): Promise<ChainEntry[]> {
  const reading = readAfter(ledger, after, batchSize)
  reading.catch(() => {})
  return reading
}

const chained = {
  format: audit.format,
  seq: audit.seq,
  at: audit.at,
  actor: audit.actor,
  action: audit.action,
  app: audit.app,
  environment: audit.environment,
  jobId: audit.jobId,
  // As text: the driver would parse it, and the hash covers every character.
  detail: sql<string>`${audit.detail}::text`,
  prevHash: audit.prevHash,
  hash: audit.hash,
}

function readAfter(ledger: Ledger, after: number | undefined, limit: number): Promise<ChainEntry[]> {
  const isAfter = after === undefined ? undefined : gt(audit.seq, after)
  return query(ledger, (db) => db.select(chained).from(audit).where(isAfter).orderBy(asc(audit.seq)).limit(limit))
}
