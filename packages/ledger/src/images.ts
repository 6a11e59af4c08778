import { type BuildReport, finalStates, type JobMessage, ProblemError } from '@stevedore/contract'
import { and, desc, eq, notInArray, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { By } from './audit/append-audit.ts'
import { writeEvents } from './events.ts'
import { withFence } from './fence.ts'
import type { Ledger } from './ledger.ts'
import { images } from './schema/images.ts'
import { jobs } from './schema/jobs.ts'
import { now } from './time.ts'
import { query } from './transact.ts'

export interface ImageRecord {
  app: string
  version: string
  target: string
  registry: string
  name: string
  tags: string[]
  /** The engine's own. */
  imageId: string
  /** The registry's, once pushed. */
  digest: string | null
  /** Bytes. */
  size: number
  report: BuildReport
  jobId: string
  createdAt: Date
  pushedAt: Date | null
}

interface ImageKey {
  app: string
  version: string
  target: string
}

const is = (key: ImageKey) =>
  and(eq(images.app, key.app), eq(images.version, key.version), eq(images.target, key.target))

/**
 * Keeps what a build made, in place of an earlier build of the same version and target. The same image again is still pushed; another one is
 * not. Throws StaleFenceError.
 */
export function recordImage(
  ledger: Ledger,
  o: JobMessage & { image: Omit<ImageRecord, 'jobId' | 'createdAt' | 'pushedAt' | 'digest'>; by: By },
): Promise<void> {
  const { image, jobId, by } = o
  const unlessOther = (column: AnyPgColumn) => sql`case when ${images.imageId} = ${image.imageId} then ${column} end`
  return withFence(ledger, o, async (tx, job) => {
    await tx.db
      .insert(images)
      .values({ ...image, jobId })
      .onConflictDoUpdate({
        target: [images.app, images.version, images.target],
        set: {
          ...image,
          jobId,
          createdAt: now,
          seq: sql`excluded.seq`,
          digest: unlessOther(images.digest),
          pushedAt: unlessOther(images.pushedAt),
        },
      })
    const { app, version, target, imageId, tags } = image
    await writeEvents(tx, job, [{ type: 'image.built', data: { version, target, imageId, tags, size: image.size } }])
    tx.record({ by, action: 'image.recorded', app, jobId, detail: { version, target, imageId } })
  })
}

/** Keeps the registry's digest of a built image. Throws StaleFenceError, ProblemError `not-found`. */
export function recordPush(ledger: Ledger, o: JobMessage & ImageKey & { digest: string; by: By }): Promise<void> {
  const { app, version, target, digest, jobId, by } = o
  return withFence(ledger, o, async (tx, job) => {
    const [pushed] = await tx.db
      .update(images)
      .set({
        digest,
        pushedAt: now,
        report: sql`${images.report} || jsonb_build_object('pushed', true, 'digest', ${digest}::text)`,
      })
      .where(is(o))
      .returning({ tags: images.tags })
    if (!pushed) throw new ProblemError('not-found', `${app} has no image ${version} of target ${target}`)
    await writeEvents(tx, job, [{ type: 'image.pushed', data: { version, target, digest, tags: pushed.tags } }])
    tx.record({ by, action: 'image.recorded', app, jobId, detail: { version, target, digest } })
  })
}

/** Newest first. */
export function listImages(
  ledger: Ledger,
  o: { app: string; version?: string; target?: string; limit?: number },
): Promise<ImageRecord[]> {
  return query(ledger, async (db) => {
    const rows = db
      .select()
      .from(images)
      .where(
        and(
          eq(images.app, o.app),
          o.version === undefined ? undefined : eq(images.version, o.version),
          o.target === undefined ? undefined : eq(images.target, o.target),
        ),
      )
      .orderBy(desc(images.seq))
    return (await (o.limit === undefined ? rows : rows.limit(o.limit))).map(toRecord)
  })
}

function toRecord({ seq: _seq, ...image }: typeof images.$inferSelect): ImageRecord {
  return image
}

/** Images past the newest `keep` of their target. Never one that a kept revision uses, nor one that an unfinished job is about. */
export function listRemovableImages(ledger: Ledger, o: { app: string; keep: number }): Promise<ImageRecord[]> {
  const newest = sql`select version, target, rank() over (partition by target order by seq desc) as place from images where app = ${o.app}`
  const unfinished = and(eq(jobs.app, o.app), notInArray(jobs.state, [...finalStates]))
  const reference = sql`${images.registry} || '/' || ${images.name} || '@' || ${images.digest}`
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(images)
      .where(
        and(
          eq(images.app, o.app),
          sql`exists (select from (${newest}) n where n.version = ${images.version} and n.target = ${images.target} and n.place > ${o.keep})`,
          sql`not exists (select from revisions r where r.app = ${o.app} and r.image = ${reference})`,
          sql`not exists (select from ${jobs} where ${unfinished} and (${jobs.id} = ${images.jobId}
            or ${jobs.resolved} ->> 'image' = ${reference}
            or ${jobs.resolved} -> 'images' @> jsonb_build_array(jsonb_build_object('version', ${images.version}, 'target', ${images.target}))))`,
        ),
      )
      .orderBy(desc(images.seq))
    return rows.map(toRecord)
  })
}

export function forgetImage(ledger: Ledger, o: ImageKey): Promise<void> {
  return query(ledger, async (db) => {
    await db.delete(images).where(is(o))
  })
}
