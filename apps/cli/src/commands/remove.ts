import { Command } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { requestJob } from '../job-request.ts'
import { type WatchOptions, watchJob } from '../watch.ts'

type Options = ServerOptions & WatchOptions

export function createRemoveCommand(): Command {
  return addFollowOptions(new Command('remove'))
    .description('take an environment down, also one that has left the spec; its history stays')
    .argument('<app>')
    .argument('<environment>')
    .action(async (app: string, environment: string, options: Options) => {
      const client = connect(options)
      const job = await requestJob(client, { kind: 'deploy', app, environment, remove: true })
      await watchJob(client, job, options)
    })
}
