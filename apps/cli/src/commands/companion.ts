import { Command } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

export function createServiceCommand(): Command {
  return new Command('service')
    .description('change the companions of an environment, which no deploy does')
    .addCommand(createUpdateCommand())
}

function createUpdateCommand(): Command {
  return addFollowOptions(new Command('update'))
    .description('replace a companion by what the spec says of it; its volume stays')
    .argument('<app>')
    .argument('<environment>')
    .argument('<service>')
    .action(async (app: string, environment: string, service: string, options: ServerOptions & WatchOptions) => {
      await startJob(await connect(options), { kind: 'deploy', app, environment, service }, options)
    })
}
