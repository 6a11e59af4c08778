import { Command } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import type { Client } from '../client/client.ts'
import { followLog } from '../client/follow.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { findJobId } from '../find-job.ts'
import { createLineSplitter } from '../render/split-lines.ts'
import { createVisibleStream, formatJson } from '../render/visible.ts'
import { catchInterrupt } from '../watch/interrupt.ts'

interface Options extends ServerOptions {
  follow?: boolean
  tail?: number
  raw?: boolean
  process?: string
}

export function createLogsCommand(): Command {
  return addServerOptions(new Command('logs'))
    .description('the output of a job, or of what runs in an environment')
    .usage('[options] JOB | APP ENVIRONMENT')
    .argument('<names...>', 'JOB (an id, the first 8 characters of one, or `last`), or APP ENVIRONMENT')
    .option('-f, --follow', 'go on with what comes')
    .option(
      '--tail <lines>',
      'how many lines of what there is: of a job by default all, of an environment 100',
      parseWholeNumber,
    )
    .option(
      '--process <name>',
      'of an environment: of this process alone, `web` or another of its spec, or of this companion',
    )
    .option('--raw', 'as it was printed, control sequences and all: for a file or a pipe')
    .action(printLogs)
}

async function printLogs(names: string[], options: Options): Promise<void> {
  if (options.raw && process.stdout.isTTY)
    throw new CliError(exitStatus.usage, '--raw would let the output steer this terminal: send it to a file or a pipe')
  const { signal, release } = catchInterrupt()
  try {
    const output = chooseOutput(await connect(options), names, options, signal)
    for await (const text of format(output, options)) process.stdout.write(text)
  } catch (error) {
    throw signal.aborted ? new CliError(exitStatus.interrupted, '') : error
  } finally {
    release()
  }
}

function chooseOutput(
  client: Client,
  names: string[],
  { follow = false, tail, process }: Options,
  signal: AbortSignal,
) {
  const [first = '', environment, ...rest] = names
  if (rest.length > 0) throw new CliError(exitStatus.usage, `too many arguments: ${rest.join(' ')}`)
  if (environment !== undefined)
    return readEnvironmentLog(client, { app: first, environment }, { follow, tail: tail ?? 100, process }, signal)
  if (process !== undefined)
    throw new CliError(
      exitStatus.usage,
      '--process is of an environment: stevedore logs APP ENVIRONMENT --process NAME',
    )
  return readJobLog(client, first, { follow, tail, signal })
}

async function* readJobLog(
  client: Client,
  reference: string,
  options: { follow: boolean; tail: number | undefined; signal: AbortSignal },
) {
  yield* followLog(client, await findJobId(client, reference), options)
}

function format(output: AsyncIterable<string>, { json, raw }: Options): AsyncIterable<string> {
  if (json) return toJsonLines(output)
  return raw ? output : toVisible(output)
}

async function* toVisible(output: AsyncIterable<string>): AsyncGenerator<string> {
  const { push, rest } = createVisibleStream()
  for await (const text of output) yield push(text)
  if (rest()) yield rest()
}

/** Each line as a document of its own, as it comes. */
async function* toJsonLines(output: AsyncIterable<string>): AsyncGenerator<string> {
  const lines = createLineSplitter()
  const write = (line: string) => `${formatJson({ line })}\n`
  for await (const text of output) for (const line of lines.push(text)) yield write(line)
  if (lines.rest()) yield write(lines.rest())
}

async function* readEnvironmentLog(
  client: Client,
  params: { app: string; environment: string },
  query: { follow: boolean; tail: number; process: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { body } = await client.openStream('readEnvironmentLog', { params, query, signal })
  yield* body.pipeThrough(new TextDecoderStream())
}
