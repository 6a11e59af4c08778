import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { requestPatienceMs, type WatchOptions, watchJob } from '../watch/watch-job.ts'

interface Options extends ServerOptions, Pick<WatchOptions, 'detach'> {
  timeout?: string
  schedule?: string
}

export function createRunCommand(): Command {
  return addServerOptions(new Command('run'))
    .usage('[options] <app> <environment> (-- <command...> | --schedule <name>)')
    .description(
      'run a command once in the revision that runs: its image, settings, secrets and network; no shell reads it. Ends with its exit status; Ctrl-C cancels it',
    )
    .argument('<app>')
    .argument('<environment>')
    .argument('[command...]')
    .option('--schedule <name>', 'what this schedule of the environment runs, with its own time limit')
    .option('--timeout <duration>', 'for how long it may run, up to 24h: 90s, 10m; default 1h')
    .option('--detach', 'print the id of the job and leave')
    .action(runCommand)
}

async function runCommand(app: string, environment: string, command: string[], options: Options): Promise<void> {
  const { timeout, schedule } = options
  if (command.length === 0 && schedule === undefined)
    throw new CliError(exitStatus.usage, 'there is no command to run', 'Give it behind --, or --schedule NAME.')
  const client = await connect(options)
  const job = await client.call('runCommand', {
    params: { app, environment },
    body: { command: command.length > 0 ? command : undefined, timeout, schedule },
    headers: { 'Idempotency-Key': randomUUID() },
    patienceMs: requestPatienceMs,
  })
  await watchJob(client, job, { ...options, cancelOnInterrupt: true })
}
