import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { createApiCommand } from './commands/api.ts'
import { createApplyCommand } from './commands/apply.ts'
import { createAuditCommand } from './commands/audit.ts'
import { createBuildCommand } from './commands/build.ts'
import { createControlCommands, createRetryCommand } from './commands/control.ts'
import { createDeployCommand } from './commands/deploy.ts'
import { createDoctorCommand } from './commands/doctor.ts'
import { createHistoryCommand } from './commands/history.ts'
import { createImagesCommand } from './commands/images.ts'
import { createJobsCommand } from './commands/jobs.ts'
import { createLogsCommand } from './commands/logs.ts'
import { createMigrateCommand } from './commands/migrate.ts'
import { createPushCommand } from './commands/push.ts'
import { createRemoveCommand } from './commands/remove.ts'
import { createRetireCommand } from './commands/retire.ts'
import { createRollbackCommand } from './commands/rollback.ts'
import { createSecretCommand } from './commands/secret.ts'
import { createStatusCommand } from './commands/status.ts'
import { createTokenCommand } from './commands/token.ts'
import { createUnpinCommand } from './commands/unpin.ts'
import { createUpCommand } from './commands/up.ts'
import { createWatchCommand } from './commands/watch.ts'
import { createWorkerCommand } from './commands/worker.ts'

const createGroups: [heading: string, commands: () => Command[]][] = [
  ['Run Stevedore:', () => [createUpCommand(), createApiCommand(), createWorkerCommand(), createMigrateCommand()]],
  [
    'Ship an app:',
    () => [
      createApplyCommand(),
      createBuildCommand(),
      createPushCommand(),
      createDeployCommand(),
      createRollbackCommand(),
      createRemoveCommand(),
    ],
  ],
  [
    'Look:',
    () => [
      createStatusCommand(),
      createHistoryCommand(),
      createJobsCommand(),
      createImagesCommand(),
      createLogsCommand(),
      createWatchCommand(),
      createAuditCommand(),
    ],
  ],
  ['Steer:', () => [...createControlCommands(), createRetryCommand(), createUnpinCommand(), createRetireCommand()]],
  ['Set up:', () => [createSecretCommand(), createTokenCommand(), createDoctorCommand()]],
]

/** The whole command line. Wrong usage and help throw a CommanderError instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('stevedore')
    .description('Builds, pushes, deploys and rolls back apps, exactly as recorded.')
    .version(readVersion(), '-V, --version')
    // So that `build --version=1.0.0` is the build's own.
    .enablePositionalOptions()
    .showHelpAfterError('Help: stevedore --help')
    .exitOverride()
  for (const [heading, commands] of createGroups)
    for (const command of commands()) program.addCommand(inherit(program, command).helpGroup(heading))
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
