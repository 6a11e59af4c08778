import { permanent } from './failure-kind.ts'

/** Of what is run in an image beside its replicas: a check, a migration, a command that a person asked for. */
export const commandFailures = {
  'check-failed': permanent(
    'The check of the new revision failed before it got traffic',
    'Read the check’s output in the diagnosis.',
  ),
  'migration-failed': permanent(
    'The migration failed; nothing was switched',
    'Read its output in the diagnosis, mend it and deploy again.',
  ),
  'command-failed': permanent('The command failed', 'Read its output in the log; its exit status is in the result.'),
  'command-lost': permanent(
    'The command was begun, and how it ended is not known',
    'Look at what it has done, then run it again if that is needed: it is never begun a second time by itself.',
  ),
} as const
