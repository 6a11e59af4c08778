import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Config } from '@stevedore/config'
import { EmbeddedPostgresError, startEmbeddedPostgres } from '@stevedore/embedded-postgres'
import type { Logger } from '@stevedore/telemetry'
import { CommandError, exitStatus } from './command-error.ts'
import { ensureSecretFile } from './data-dir.ts'
import { type DatabaseRoles, readRoles } from './migrate.ts'

/** The PostgreSQL that this process works with. */
export interface Database extends DatabaseRoles {
  /** Resolves once one of our own is given up, with what to tell. Never otherwise. */
  lost: Promise<CommandError>
  close(): Promise<void>
}

/** The PostgreSQL that DATABASE_URL names, or one of our own under the data directory. */
export async function openDatabase(config: Config, logger: Logger): Promise<Database> {
  const { databaseUrl, dataDir } = config
  if (databaseUrl !== undefined)
    return { ...readRoles({ ...config, databaseUrl }), lost: new Promise(() => {}), close: async () => {} }
  const password = await ensureSecretFile(join(dataDir, 'service-password'), () =>
    randomBytes(24).toString('base64url'),
  )
  const { url, lost, stop } = await startEmbeddedPostgres({
    dataDir,
    onEnd: (end) => logger.warn(end, 'the embedded PostgreSQL ended by itself and is started again'),
    onRestart: () => logger.info('the embedded PostgreSQL takes connections again'),
  }).catch((error) => {
    throw error instanceof EmbeddedPostgresError ? toCommandError(error) : error
  })
  const accountUrl = Object.assign(new URL(url), { username: 'stevedore_up', password }).href
  return { ownerUrl: url, accountUrl, lost: lost.then((error) => tellLoss(error, logger)), close: stop }
}

function tellLoss(error: EmbeddedPostgresError, logger: Logger): CommandError {
  logger.error({ err: error }, 'the embedded PostgreSQL is given up')
  return toCommandError(error)
}

function toCommandError({ code, message, remedy }: EmbeddedPostgresError): CommandError {
  return new CommandError(code === 'not-installed' ? exitStatus.usage : exitStatus.failed, message, remedy)
}
