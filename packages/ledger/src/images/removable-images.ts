import { finalStates } from '@stevedore/contract'
import { and, desc, eq, notInArray, type SQL, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { images } from '../foundation/schema/images.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query } from '../foundation/transact.ts'
import { columns, type ImageRecord, toRecord } from './images.ts'

/** Images past the newest `keep` of their target. Never one that a kept revision uses, nor one that an unfinished job is about. */
export function listRemovableImages(
  ledger: Ledger,
  { app, keep }: { app: string; keep: number },
): Promise<ImageRecord[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select(columns)
      .from(images)
      .where(and(eq(images.app, app), isPast(app, keep), isUnused(app), isNoJobs(app)))
      .orderBy(desc(images.seq))
    return rows.map(toRecord)
  })
}

const reference = sql`${images.registry} || '/' || ${images.name} || '@' || ${images.digest}`

function isPast(app: string, keep: number): SQL {
  const newest = sql`select version, target, rank() over (partition by target order by seq desc) as position from images where app = ${app}`
  return sql`exists (select from (${newest}) n where n.version = ${images.version} and n.target = ${images.target} and n.position > ${keep})`
}

function isUnused(app: string): SQL {
  return sql`not exists (select from revisions r where r.app = ${app} and r.image in (${reference}, ${images.imageId}))`
}

function isNoJobs(app: string): SQL {
  const unfinished = and(eq(jobs.app, app), notInArray(jobs.state, [...finalStates]))
  const own = sql`jsonb_build_array(jsonb_build_object('version', ${images.version}, 'target', ${images.target}))`
  return sql`not exists (select from ${jobs} where ${unfinished} and (${jobs.id} = ${images.jobId}
    or ${jobs.resolved} ->> 'image' in (${reference}, ${images.imageId}) or ${jobs.resolved} -> 'images' @> ${own}))`
}
