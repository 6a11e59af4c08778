import { Command } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import type { Client } from '../client/client.ts'
import { followLog } from '../client/follow.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { catchInterrupt } from '../watch/interrupt.ts'

interface Options extends ServerOptions {
  follow?: boolean
  tail: number
}

export function createLogsCommand(): Command {
  return addServerOptions(new Command('logs'))
    .description('the output of a job, or of what runs in an environment')
    .usage('[options] JOB | APP ENVIRONMENT')
    .argument('<names...>', 'JOB, or APP ENVIRONMENT')
    .option('-f, --follow', 'go on with what comes')
    .option('--tail <lines>', 'of an environment: how many lines of what there is', parseWholeNumber, 100)
    .action(printLogs)
}

async function printLogs(names: string[], options: Options): Promise<void> {
  const { signal, release } = catchInterrupt()
  try {
    for await (const text of chooseOutput(connect(options), names, options, signal)) process.stdout.write(text)
  } catch (error) {
    throw signal.aborted ? new CliError(exitStatus.interrupted, '') : error
  } finally {
    release()
  }
}

function chooseOutput(client: Client, names: string[], { follow = false, tail }: Options, signal: AbortSignal) {
  const [first = '', environment, ...rest] = names
  if (rest.length > 0) throw new CliError(exitStatus.usage, `too many arguments: ${rest.join(' ')}`)
  if (environment === undefined) return followLog(client, first, { follow, signal })
  return readEnvironmentLog(client, { app: first, environment }, { follow, tail }, signal)
}

async function* readEnvironmentLog(
  client: Client,
  params: { app: string; environment: string },
  query: { follow: boolean; tail: number },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const stream = await client.openStream('readEnvironmentLog', { params, query, signal })
  yield* stream.pipeThrough(new TextDecoderStream())
}
