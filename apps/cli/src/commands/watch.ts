import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { findJobId, jobArgument } from '../find-job.ts'
import { type WatchOptions, watchJob } from '../watch/watch-job.ts'

export function createWatchCommand(): Command {
  return addServerOptions(new Command('watch'))
    .description('follow a job; with --json each event is a line')
    .argument(...jobArgument)
    .option('--cancel-on-interrupt', 'Ctrl-C cancels the job instead of leaving it')
    .action(async (reference: string, options: ServerOptions & WatchOptions) => {
      const client = await connect(options)
      const id = await findJobId(client, reference)
      await watchJob(client, await client.call('getJob', { params: { id } }), { ...options, events: true })
    })
}
