import { type BuildReport, type JobMessage, ProblemError, type ScanReport } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import { type AnyPgColumn, and, desc, eq, getTableColumns, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { images } from '../foundation/schema/images.ts'
import { query, type Transaction } from '../foundation/transact.ts'
import { writeEvents } from '../jobs/events.ts'
import { withFence } from '../jobs/fence.ts'

export interface ImageRecord {
  app: string
  version: string
  target: string
  /** null: it stays on the engine that built it. */
  registry: string | null
  name: string
  tags: string[]
  /** The engine's own. */
  imageId: string
  /** The registry's, once pushed. */
  digest: string | null
  /** Bytes. */
  size: number
  report: BuildReport
  /** null: it was not scanned. */
  scan: ScanReport | null
  jobId: string
  /** Built for a pull request, of a fork or of the repository itself: for a look, until somebody says otherwise. */
  pullRequest: 'fork' | 'own' | null
  createdAt: Date
  pushedAt: Date | null
}

/** In the column, which is older than images without a registry. */
const none = ''

type NewImage = Omit<ImageRecord, 'jobId' | 'pullRequest' | 'createdAt' | 'pushedAt' | 'digest' | 'scan'> & {
  scan?: ScanReport | null
}

interface ImageKey {
  app: string
  version: string
  target: string
}

function isImage({ app, version, target }: ImageKey) {
  return and(eq(images.app, app), eq(images.version, version), eq(images.target, target))
}

/**
 * Keeps what a build made, in place of an earlier build of the same version and target. The same image again is still pushed; another one is
 * not. Throws StaleFenceError.
 */
export function recordImage(
  ledger: Ledger,
  { jobId, attempt, image, by }: JobMessage & { image: NewImage; by: By },
): Promise<void> {
  return withFence(ledger, { jobId, attempt }, async (tx, job) => {
    await upsertImage(tx, { ...image, jobId })
    const { app, version, target, imageId, tags, size } = image
    await writeEvents(tx, job, [{ type: 'image.built', data: { version, target, imageId, tags, size } }])
    tx.record({ by, action: 'image.recorded', app, jobId, detail: { version, target, imageId } })
  })
}

async function upsertImage(tx: Transaction, given: NewImage & { jobId: string }): Promise<void> {
  const image = { ...given, registry: given.registry ?? none, scan: given.scan ?? null }
  const unlessOther = (column: AnyPgColumn) => sql`case when ${images.imageId} = ${image.imageId} then ${column} end`
  const pushed = { digest: unlessOther(images.digest), pushedAt: unlessOther(images.pushedAt) }
  await tx.db
    .insert(images)
    .values(image)
    .onConflictDoUpdate({
      target: [images.app, images.version, images.target],
      set: { ...image, createdAt: now, seq: sql`excluded.seq`, ...pushed },
    })
}

/** Keeps the registry's digest of a built image. Throws StaleFenceError, ProblemError `not-found`. */
export function recordPush(
  ledger: Ledger,
  { jobId, attempt, app, version, target, digest, by }: JobMessage & ImageKey & { digest: string; by: By },
): Promise<void> {
  const report = sql`${images.report} || jsonb_build_object('pushed', true, 'digest', ${digest}::text)`
  return withFence(ledger, { jobId, attempt }, async (tx, job) => {
    const [pushed] = await tx.db
      .update(images)
      .set({ digest, pushedAt: now, report })
      .where(isImage({ app, version, target }))
      .returning({ tags: images.tags })
    if (!pushed) throw new ProblemError('not-found', `${app} has no image ${version} of target ${target}`)
    await writeEvents(tx, job, [{ type: 'image.pushed', data: { version, target, digest, tags: pushed.tags } }])
    tx.record({ by, action: 'image.recorded', app, jobId, detail: { version, target, digest } })
  })
}

interface ImageFilter {
  app: string
  version?: string
  target?: string
  limit?: number
}

/** Newest first. */
export function listImages(ledger: Ledger, { app, version, target, limit }: ImageFilter): Promise<ImageRecord[]> {
  const isVersion = version === undefined ? undefined : eq(images.version, version)
  const isTarget = target === undefined ? undefined : eq(images.target, target)
  return query(ledger, async (db) => {
    const rows = db
      .select(columns)
      .from(images)
      .where(and(eq(images.app, app), isVersion, isTarget))
      .orderBy(desc(images.seq))
    return (await (limit === undefined ? rows : rows.limit(limit))).map(toRecord)
  })
}

/** What the build was for stands with its job. */
export const columns = {
  ...getTableColumns(images),
  pullRequest: sql<ImageRecord['pullRequest']>`(
    select case when (j.payload ->> 'trusted')::boolean then 'own' else 'fork' end from jobs j
    where j.id = ${images.jobId} and j.request #>> '{trigger,on}' = 'pull_request')`,
}

type Row = typeof images.$inferSelect & Pick<ImageRecord, 'pullRequest'>

export function toRecord({ seq: _seq, registry, ...image }: Row): ImageRecord {
  return { ...image, registry: registry === none ? null : registry }
}

export function forgetImage(ledger: Ledger, { app, version, target }: ImageKey): Promise<void> {
  return query(ledger, async (db) => {
    await db.delete(images).where(isImage({ app, version, target }))
  })
}
