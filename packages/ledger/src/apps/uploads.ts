import { ProblemError } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import { and, asc, eq, gt, isNotNull } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import { uploadChunks, uploads } from '../foundation/schema/apps.ts'
import { query } from '../foundation/transact.ts'

const chunkBytes = 2 ** 20

interface NewUpload {
  app: string
  stream: AsyncIterable<Buffer>
  limitBytes: number
  by: By
}

/**
 * Keeps an archive as it arrives, in chunks of their own transactions: a slow sender holds no lock. It cannot be opened before its end; one that
 * breaks off or is too large leaves nothing. Throws ProblemError `payload-too-large`.
 */
export async function saveUpload(
  ledger: Ledger,
  { app, stream, limitBytes, by }: NewUpload,
): Promise<{ id: string; bytes: number }> {
  const values = { app, createdBy: by.actor }
  const made = await query(ledger, (db) => db.insert(uploads).values(values).returning({ id: uploads.id }))
  const { id } = takeOnly(made, 'a new upload')
  try {
    const bytes = await saveChunks(ledger, id, stream, limitBytes)
    await query(ledger, (db) => db.update(uploads).set({ bytes, completedAt: now }).where(eq(uploads.id, id)))
    return { id, bytes }
  } catch (error) {
    // Should this fail too, pruning removes what was never completed.
    await query(ledger, (db) => db.delete(uploads).where(eq(uploads.id, id))).catch(() => {})
    throw error
  }
}

async function saveChunks(
  ledger: Ledger,
  uploadId: string,
  stream: AsyncIterable<Buffer>,
  limitBytes: number,
): Promise<number> {
  let bytes = 0
  let position = 0
  for await (const data of rechunk(stream)) {
    bytes += data.length
    if (bytes > limitBytes) throw new ProblemError('payload-too-large', `an upload has at most ${limitBytes} bytes`)
    await query(ledger, (db) => db.insert(uploadChunks).values({ uploadId, position, data }))
    position++
  }
  return bytes
}

/** Pieces of about `chunkBytes`, whatever the sender's are. */
async function* rechunk(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const piece of stream) {
    held.push(piece)
    heldBytes += piece.length
    if (heldBytes < chunkBytes) continue
    yield Buffer.concat(held)
    held = []
    heldBytes = 0
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}

/** The bytes of a complete upload of this app; undefined when there is none. */
export async function openUpload(
  ledger: Ledger,
  { app, id }: { app: string; id: string },
): Promise<AsyncIterable<Buffer> | undefined> {
  const isComplete = and(eq(uploads.id, id), eq(uploads.app, app), isNotNull(uploads.completedAt))
  const found = await query(ledger, (db) => db.select({ id: uploads.id }).from(uploads).where(isComplete))
  return found.length > 0 ? readChunks(ledger, id) : undefined
}

async function* readChunks(ledger: Ledger, uploadId: string): AsyncGenerator<Buffer> {
  for (let last = -1; ; ) {
    const chunk = await readChunk(ledger, uploadId, last)
    if (!chunk) return
    yield chunk.data
    last = chunk.position
  }
}

/** The next chunk behind a position. */
function readChunk(ledger: Ledger, uploadId: string, after: number) {
  return query(ledger, async (db) => {
    const [chunk] = await db
      .select({ position: uploadChunks.position, data: uploadChunks.data })
      .from(uploadChunks)
      .where(and(eq(uploadChunks.uploadId, uploadId), gt(uploadChunks.position, after)))
      .orderBy(asc(uploadChunks.position))
      .limit(1)
    return chunk
  })
}
