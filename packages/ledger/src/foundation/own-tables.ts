import { getTableName, is, PgTable } from './drizzle.ts'
import * as access from './schema/access.ts'
import * as apps from './schema/apps.ts'
import * as attempts from './schema/attempts.ts'
import * as audit from './schema/audit.ts'
import * as certificates from './schema/certificates.ts'
import * as companions from './schema/companions.ts'
import * as environments from './schema/environments.ts'
import * as grants from './schema/grants.ts'
import * as images from './schema/images.ts'
import * as jobs from './schema/jobs.ts'
import * as logs from './schema/logs.ts'
import * as outbox from './schema/outbox.ts'
import * as schedules from './schema/schedules.ts'
import * as terminals from './schema/terminals.ts'
import * as unknownPlaces from './schema/unknown-places.ts'
import * as webhooks from './schema/webhooks.ts'
import * as workers from './schema/workers.ts'

const modules = [
  ...[access, apps, attempts, audit, certificates, companions, environments, grants],
  ...[images, jobs, logs, outbox, schedules, terminals, unknownPlaces, webhooks, workers],
]

/** The names of the ledger’s tables: a database may hold those of others beside them. */
export const ownTables: readonly string[] = modules.flatMap((module) =>
  Object.values(module).flatMap((value) => (is(value, PgTable) ? [getTableName(value)] : [])),
)
