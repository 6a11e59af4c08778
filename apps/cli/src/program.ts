import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { createAdoptCommand } from './commands/adopt.ts'
import { createApplyCommand } from './commands/apply.ts'
import { createAuditCommand } from './commands/audit.ts'
import { createBuildCommand } from './commands/build.ts'
import { createCertificateCommand } from './commands/certificate.ts'
import { createServiceCommand } from './commands/companion.ts'
import { createCompareCommand } from './commands/compare.ts'
import { createControlCommands, createRetryCommand } from './commands/control.ts'
import { createDeliveriesCommand } from './commands/deliveries.ts'
import { createDeployCommand } from './commands/deploy.ts'
import { createDoctorCommand } from './commands/doctor.ts'
import { createEventsCommand } from './commands/events.ts'
import { createGrantCommand } from './commands/grant.ts'
import { createHistoryCommand } from './commands/history.ts'
import { createImagesCommand } from './commands/images.ts'
import { createImportCommand } from './commands/import.ts'
import { createInitCommand } from './commands/init.ts'
import { createJobsCommand } from './commands/jobs.ts'
import { createLogsCommand } from './commands/logs.ts'
import { createPushCommand } from './commands/push.ts'
import { createRemoveCommand } from './commands/remove.ts'
import { createRestartCommand } from './commands/restart.ts'
import { createRetireCommand } from './commands/retire.ts'
import { createRollbackCommand } from './commands/rollback.ts'
import { createExecCommand, createRunCommand } from './commands/run.ts'
import { createScaleCommand } from './commands/scale.ts'
import { createSecretCommand } from './commands/secret.ts'
import { createSpecCommand } from './commands/spec.ts'
import { createStatusCommand } from './commands/status.ts'
import { createTokenCommand } from './commands/token.ts'
import { createUnpinCommand } from './commands/unpin.ts'
import { createWatchCommand } from './commands/watch.ts'
import { createWorkersCommand } from './commands/workers.ts'

type Group = [heading: string, createCommands: () => readonly Command[]]

/** The groups of the help. Each has to be made anew: a command keeps what it was given. */
const groups: Group[] = [
  [
    'Ship an app:',
    () => [
      createInitCommand(),
      createImportCommand(),
      createApplyCommand(),
      createBuildCommand(),
      createPushCommand(),
      createDeployCommand(),
      createRollbackCommand(),
      createRestartCommand(),
      createScaleCommand(),
      createRunCommand(),
      createExecCommand(),
      createRemoveCommand(),
      createServiceCommand(),
      createAdoptCommand(),
    ],
  ],
  [
    'Look:',
    () => [
      createStatusCommand(),
      createHistoryCommand(),
      createCompareCommand(),
      createJobsCommand(),
      createImagesCommand(),
      createSpecCommand(),
      createLogsCommand(),
      createWatchCommand(),
      createEventsCommand(),
      createDeliveriesCommand(),
      createWorkersCommand(),
      createAuditCommand(),
    ],
  ],
  ['Steer:', () => [...createControlCommands(), createRetryCommand(), createUnpinCommand(), createRetireCommand()]],
  [
    'Set up:',
    () => [
      createSecretCommand(),
      createCertificateCommand(),
      createTokenCommand(),
      createGrantCommand(),
      createDoctorCommand(),
    ],
  ],
]

/**
 * The whole command line. Wrong usage and help throw a CommanderError instead of ending the process.
 * @param serverCommands those that run Stevedore; they stand first in the help
 */
export function createProgram(serverCommands: readonly Command[] = []): Command {
  const program = new Command('stevedore')
    .description('Builds, pushes, deploys and rolls back apps, exactly as recorded.')
    .version(readVersion(), '-V, --version')
    // So that `build --version=1.0.0` is the build's own.
    .enablePositionalOptions()
    .showHelpAfterError('Help: stevedore --help')
    .exitOverride()
  for (const [heading, createCommands] of [['Run Stevedore:', () => serverCommands] satisfies Group, ...groups])
    for (const command of createCommands()) program.addCommand(inherit(program, command).helpGroup(heading))
  return program
}

/** `addCommand` hands none of the settings down. */
function inherit(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent)
  for (const inner of command.commands) inherit(command, inner)
  return command
}

function readVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}
