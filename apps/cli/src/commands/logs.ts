import { Command } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import type { Client } from '../client/client.ts'
import { followLog } from '../client/follow.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { findJobId } from '../find-job.ts'
import { createLineSplitter } from '../render/split-lines.ts'
import { catchInterrupt } from '../watch/interrupt.ts'

interface Options extends ServerOptions {
  follow?: boolean
  tail: number
}

export function createLogsCommand(): Command {
  return addServerOptions(new Command('logs'))
    .description('the output of a job, or of what runs in an environment')
    .usage('[options] JOB | APP ENVIRONMENT')
    .argument('<names...>', 'JOB (an id, the first 8 characters of one, or `last`), or APP ENVIRONMENT')
    .option('-f, --follow', 'go on with what comes')
    .option('--tail <lines>', 'of an environment: how many lines of what there is', parseWholeNumber, 100)
    .action(printLogs)
}

async function printLogs(names: string[], options: Options): Promise<void> {
  const { signal, release } = catchInterrupt()
  try {
    const output = chooseOutput(await connect(options), names, options, signal)
    for await (const text of options.json ? toJsonLines(output) : output) process.stdout.write(text)
  } catch (error) {
    throw signal.aborted ? new CliError(exitStatus.interrupted, '') : error
  } finally {
    release()
  }
}

function chooseOutput(client: Client, names: string[], { follow = false, tail }: Options, signal: AbortSignal) {
  const [first = '', environment, ...rest] = names
  if (rest.length > 0) throw new CliError(exitStatus.usage, `too many arguments: ${rest.join(' ')}`)
  if (environment === undefined) return readJobLog(client, first, { follow, signal })
  return readEnvironmentLog(client, { app: first, environment }, { follow, tail }, signal)
}

async function* readJobLog(client: Client, reference: string, options: { follow: boolean; signal: AbortSignal }) {
  yield* followLog(client, await findJobId(client, reference), options)
}

/** Each line as a document of its own, as it comes. */
async function* toJsonLines(output: AsyncIterable<string>): AsyncGenerator<string> {
  const lines = createLineSplitter()
  const write = (line: string) => `${JSON.stringify({ line })}\n`
  for await (const text of output) for (const line of lines.push(text)) yield write(line)
  if (lines.rest()) yield write(lines.rest())
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
