export type EmbeddedPostgresFault =
  /** No PostgreSQL for this platform came with the installation. */
  | 'not-installed'
  /** Root has no other account to run it as. */
  | 'no-account'
  /** Its files could not be made. */
  | 'not-initialized'
  /** Another PostgreSQL holds its files. */
  | 'files-in-use'
  /** It ended before it answered. */
  | 'not-started'
  /** It ended by itself so often that it is not started again. */
  | 'given-up'

/** Why there is no embedded PostgreSQL, and what the one who runs it can do. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresFault
  readonly remedy: string

  constructor(code: EmbeddedPostgresFault, { message, remedy }: { message: string; remedy: string }) {
    super(message)
    this.name = 'EmbeddedPostgresError'
    this.code = code
    this.remedy = remedy
  }
}
