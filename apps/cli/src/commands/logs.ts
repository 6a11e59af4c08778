import { Command } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import { apiPath, type Client } from '../client/client.ts'
import { followLog } from '../client/follow.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { catchInterrupt } from '../interrupt.ts'

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
    .action(async (names: string[], options: Options) => {
      const interrupt = catchInterrupt()
      try {
        for await (const text of chooseOutput(connect(options), names, options, interrupt.signal))
          process.stdout.write(text)
      } catch (error) {
        throw interrupt.signal.aborted ? new CliError(exitStatus.interrupted, '') : error
      } finally {
        interrupt.release()
      }
    })
}

function chooseOutput(client: Client, names: string[], { follow = false, tail }: Options, signal: AbortSignal) {
  const [first = '', environment, ...rest] = names
  if (rest.length > 0) throw new CliError(exitStatus.usage, `too many arguments: ${rest.join(' ')}`)
  if (environment === undefined) return followLog(client, first, { follow, signal })
  return readEnvironmentLog(client, apiPath`/v1/apps/${first}/environments/${environment}/logs`, {
    follow,
    tail,
    signal,
  })
}

async function* readEnvironmentLog(
  client: Client,
  path: string,
  { follow, tail, signal }: { follow: boolean; tail: number; signal: AbortSignal },
): AsyncGenerator<string> {
  const query = { tail, ...(follow ? { follow: 1 } : {}) }
  const response = await client.open('GET', path, { query, signal, headers: { accept: 'text/plain' } })
  if (response.body) yield* response.body.pipeThrough(new TextDecoderStream())
}
