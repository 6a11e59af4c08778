import { Command } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

type Options = ServerOptions & WatchOptions

export function createAdoptCommand(): Command {
  return addFollowOptions(new Command('adopt'))
    .description(
      'record what runs in an environment as its revision, and touch nothing: after a restore, or of an app that ran before',
    )
    .argument('<app>')
    .argument('<environment>')
    .action(async (app: string, environment: string, options: Options) => {
      await startJob(await connect(options), { kind: 'deploy', app, environment, adopt: true }, options)
    })
}
