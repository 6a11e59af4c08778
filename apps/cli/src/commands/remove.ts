import { Command } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

type Options = ServerOptions & WatchOptions

export function createRemoveCommand(): Command {
  return addFollowOptions(new Command('remove'))
    .description('take an environment down, also one that has left the spec; its history stays')
    .argument('<app>')
    .argument('<environment>')
    .action(async (app: string, environment: string, options: Options) => {
      await startJob(await connect(options), { kind: 'deploy', app, environment, remove: true }, options)
    })
}
