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
  'replica-missing': permanent(
    'There is no such running replica to run the command in',
    'See what runs: `stevedore status APP ENV`. The diagnosis names the replicas that there are.',
  ),
  'replica-gone': permanent(
    'The replica ended while the command ran in it',
    'Look at what the command has done, then run it again if that is needed: a deploy, a restart or a crash ends what runs in a replica.',
  ),
  'client-gone': permanent(
    'Nobody sat at the command’s terminal any more, and it was ended',
    'Ask for it again from where the connection holds. What is to go on without you goes without --interactive.',
  ),
  'command-lost': permanent(
    'The command was begun, and how it ended is not known',
    'Look at what it has done, then run it again if that is needed: it is never begun a second time by itself.',
  ),
  'backup-failed': permanent(
    'The companion was not backed up first; it runs on as it was',
    'Read its output in the log, mend it and update again; or take `backup` out of the spec to update without one.',
  ),
} as const
