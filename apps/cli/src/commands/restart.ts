import { Command } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

type Options = ServerOptions & WatchOptions

export function createRestartCommand(): Command {
  return addFollowOptions(new Command('restart'))
    .description('replace all that runs in an environment by the same again: its image, settings and values of secrets')
    .argument('<app>')
    .argument('<environment>')
    .action(async (app: string, environment: string, options: Options) => {
      await startJob(await connect(options), { kind: 'deploy', app, environment, restart: true }, options)
    })
}
