import type { Config } from '@stevedore/config'
import { CliError, exitStatus } from '../exit.ts'
import type { StoredConfig } from './foundation.ts'

/** Parts that run on their own share a database, so it must be named. */
export function requireDatabase(config: Config): StoredConfig {
  const { databaseUrl } = config
  if (databaseUrl) return { ...config, databaseUrl }
  throw new CliError(exitStatus.usage, 'DATABASE_URL is not set', '`stevedore up` brings a database of its own.')
}
