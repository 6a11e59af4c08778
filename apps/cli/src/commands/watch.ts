import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { type WatchOptions, watchJob } from '../watch/watch-job.ts'

export function createWatchCommand(): Command {
  return addServerOptions(new Command('watch'))
    .description('follow a job; with --json each event is a line')
    .argument('<job>')
    .option('--cancel-on-interrupt', 'Ctrl-C cancels the job instead of leaving it')
    .action(async (id: string, options: ServerOptions & WatchOptions) => {
      const client = connect(options)
      await watchJob(client, await client.call('getJob', { params: { id } }), { ...options, events: true })
    })
}
