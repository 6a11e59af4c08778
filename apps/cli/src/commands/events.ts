import { Command } from 'commander'
import { type FeedEvent, followAll } from '../client/follow-all.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { print } from '../output.ts'
import { describeEvent } from '../render/describe-event.ts'
import { formatTime } from '../render/time.ts'
import { formatJson } from '../render/visible.ts'
import { catchInterrupt } from '../watch/interrupt.ts'

interface Options extends ServerOptions {
  app?: string
  environment?: string
}

export function createEventsCommand(): Command {
  return addServerOptions(new Command('events'))
    .description('follow all jobs as they go, until Ctrl-C; with --json each event is a line')
    .option('--app <app>', 'of this app')
    .option('--environment <environment>', 'of this environment')
    .action(followEvents)
}

async function followEvents({ app, environment, json, ...options }: Options): Promise<void> {
  const { signal, release } = catchInterrupt()
  try {
    for await (const event of followAll(await connect(options), { app, environment }, signal)) tell(event, json)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    release()
  }
  throw new CliError(exitStatus.interrupted, '')
}

const shownOfId = 8

function tell(event: FeedEvent, json: boolean | undefined): void {
  if (json) return void console.log(formatJson(event))
  const sentence = describeEvent(event)
  if (sentence === undefined) return
  const { at, app, environment, jobKind, job } = event
  const place = environment === null ? app : `${app}/${environment}`
  print(`${formatTime(at)}  ${job.slice(0, shownOfId)}  ${jobKind} ${place}: ${sentence}`)
}
