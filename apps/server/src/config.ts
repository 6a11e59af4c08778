import type { Config } from '@stevedore/config'
import { CommandError, exitStatus } from './command-error.ts'

export type DatabaseConfig = Config & { databaseUrl: string }

/** Parts that run on their own share a database, so it must be named. */
export function requireDatabase(config: Config): DatabaseConfig {
  const { databaseUrl } = config
  if (databaseUrl) return { ...config, databaseUrl }
  throw new CommandError(exitStatus.usage, 'DATABASE_URL is not set', '`stevedore up` brings a database of its own.')
}

/** The config with another port, which the address follows unless it is given. */
export function withPort(config: Config, port: number | undefined): Config {
  if (port === undefined) return config
  return { ...config, port, ...(config.isUrlGiven ? {} : { url: `http://127.0.0.1:${port}` }) }
}
