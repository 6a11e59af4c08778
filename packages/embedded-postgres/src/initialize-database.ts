import { rename, rm } from 'node:fs/promises'
import { type ExecaError, execa } from 'execa'
import type { Account } from './account.ts'
import { EmbeddedPostgresError } from './error.ts'

const timeoutMs = 120_000

export interface NewDatabase {
  /** Where its files go; its parent belongs to the account. */
  files: string
  user: string
  /** Readable by the account. */
  passwordFile: string
}

/** Made aside and moved into place, so that an interrupted start leaves nothing half done there. */
export async function initializeDatabase(initdb: string, { prefix }: Account, database: NewDatabase): Promise<void> {
  const draft = `${database.files}.new`
  await rm(draft, { recursive: true, force: true })
  const [program = initdb, ...rest] = [...prefix, initdb, ...initialSettings({ ...database, files: draft })]
  await execa(program, rest, { timeout: timeoutMs, stdin: 'ignore' }).catch((error: ExecaError) => {
    throw new EmbeddedPostgresError('not-initialized', {
      message: `The embedded PostgreSQL could not make its files:\n${error.stderr || error.message}`,
      remedy: `See that ${database.files} can be written and its disk has room, or set DATABASE_URL to a PostgreSQL of yours.`,
    })
  })
  await rename(draft, database.files)
}

function initialSettings({ files, user, passwordFile }: NewDatabase): string[] {
  return [
    `--pgdata=${files}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order on every machine, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]
}
