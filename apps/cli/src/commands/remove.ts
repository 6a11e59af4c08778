import { Command } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

type Options = ServerOptions & WatchOptions & { withData?: boolean }

export function createRemoveCommand(): Command {
  return addFollowOptions(new Command('remove'))
    .description('take an environment down, also one that has left the spec; its history stays, and its volumes')
    .argument('<app>')
    .argument('<environment>')
    .option('--with-data', 'its volumes go too, with all that is in them; takes an administrator')
    .action(async (app: string, environment: string, options: Options) => {
      const { withData } = options
      await startJob(await connect(options), { kind: 'deploy', app, environment, remove: true, withData }, options)
    })
}
