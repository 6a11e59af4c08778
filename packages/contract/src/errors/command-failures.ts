import { permanent } from './failure-kind.ts'

/** Of a command that somebody had run. */
export const commandFailures = {
  'command-failed': permanent('The command failed', 'Read its output in the log; its exit status is in the result.'),
  'command-lost': permanent(
    'The command was begun, and how it ended is not known',
    'Look at what it has done, then run it again if that is needed: it is never begun a second time by itself.',
  ),
} as const
