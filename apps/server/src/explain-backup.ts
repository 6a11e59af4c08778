import { BackupError } from '@stevedore/ledger'
import { CommandError, exitStatus } from './command-error.ts'

/** What stands in the way of a backup, or of taking it back, as the command says it. */
export function explainBackup(error: unknown): never {
  if (error instanceof BackupError) throw new CommandError(exitStatus.failed, error.message, error.remedy)
  const { code, message } = Object(error) as { code?: string; message?: string }
  if (code === 'ENOSPC')
    throw new CommandError(
      exitStatus.failed,
      `The disk is full: ${message}`,
      'Free some of it, or name another folder.',
    )
  throw error
}
