import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { requestPatienceMs, type WatchOptions, watchJob } from '../watch/watch-job.ts'
import type { Lending, TerminalOptions } from './lend-terminal.ts'

interface Options extends ServerOptions, Pick<WatchOptions, 'detach'>, TerminalOptions {
  process?: string
  timeout?: string
  schedule?: string
}

export function createRunCommand(): Command {
  const command = addServerOptions(new Command('run'))
    .usage('[options] <app> <environment> (-- <command...> | --schedule <name>)')
    .description(
      'run a command once in the revision that runs: its image, settings, secrets and network; no shell reads it. Ends with its exit status; Ctrl-C cancels it',
    )
    .argument('<app>')
    .argument('<environment>')
    .argument('[command...]')
    .option('--process <name>', 'with the settings of this process of the spec; default web')
    .option('--schedule <name>', 'what this schedule of the environment runs, with its own time limit')
    .option('--timeout <duration>', 'for how long it may run, up to 24h: 90s, 10m; default 1h')
    .option('--detach', 'print the id of the job and leave')
  return addTerminalOptions(command).action(runCommand)
}

async function runCommand(app: string, environment: string, command: string[], options: Options): Promise<void> {
  const { timeout, schedule, process: processName } = options
  if (command.length === 0 && schedule === undefined)
    throw new CliError(exitStatus.usage, 'there is no command to run', 'Give it behind --, or --schedule NAME.')
  const lending = await lend(options)
  const client = await connect(options)
  const words = command.length > 0 ? command : undefined
  const job = await client.call('runCommand', {
    params: { app, environment },
    body: { command: words, timeout, schedule, process: processName, terminal: lending?.size },
    headers: { 'Idempotency-Key': randomUUID() },
    patienceMs: requestPatienceMs,
  })
  if (lending) return lending.lendTo(client, job)
  await watchJob(client, job, { ...options, cancelOnInterrupt: true })
}

interface ExecOptions extends ServerOptions, Pick<WatchOptions, 'detach'>, TerminalOptions {
  process?: string
  replica?: string
  timeout?: string
}

export function createExecCommand(): Command {
  const command = addServerOptions(new Command('exec'))
    .usage('[options] <app> <environment> -- <command...>')
    .description(
      'run a command once inside a running replica of the revision that runs; no shell reads it. Ends with its exit status; Ctrl-C cancels it',
    )
    .argument('<app>')
    .argument('<environment>')
    .argument('[command...]')
    .option('--process <name>', 'in a replica of this process of the spec, or in this companion; default web')
    .option('--replica <name>', 'in this one, as `stevedore status` shows it; default any that runs')
    .option('--timeout <duration>', 'for how long it may run, up to 24h: 90s, 10m; default 1h')
    .option('--detach', 'print the id of the job and leave')
  return addTerminalOptions(command).action(execCommand)
}

async function execCommand(app: string, environment: string, command: string[], options: ExecOptions): Promise<void> {
  const { process: processName, replica, timeout } = options
  if (command.length === 0) throw new CliError(exitStatus.usage, 'there is no command to run', 'Give it behind --.')
  const lending = await lend(options)
  const client = await connect(options)
  const job = await client.call('execCommand', {
    params: { app, environment },
    body: { command, process: processName, replica, timeout, terminal: lending?.size },
    headers: { 'Idempotency-Key': randomUUID() },
    patienceMs: requestPatienceMs,
  })
  if (lending) return lending.lendTo(client, job)
  await watchJob(client, job, { ...options, cancelOnInterrupt: true })
}

function addTerminalOptions(command: Command): Command {
  return command
    .option('-i, --interactive', 'lend it this terminal: keys, window and Ctrl-C go to the command')
    .option('-t, --tty', 'the same; -it is as well')
}

/** This terminal where it is asked for, with what that takes. */
async function lend(options: TerminalOptions): Promise<Lending | undefined> {
  if (!options.interactive && !options.tty) return undefined
  const { openLending } = await import('./lend-terminal.ts')
  return openLending(options)
}
