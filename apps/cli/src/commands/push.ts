import { Command } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { requestJob } from '../job-request.ts'
import { type WatchOptions, watchJob } from '../watch.ts'

interface Options extends ServerOptions, WatchOptions {
  target?: string
}

export function createPushCommand(): Command {
  return addFollowOptions(new Command('push'))
    .description('push what was built as a version')
    .argument('<app>')
    .argument('<version>')
    .option('--target <target>', 'this target alone')
    .action(async (app: string, version: string, options: Options) => {
      const client = connect(options)
      const job = await requestJob(client, { kind: 'push', app, version, target: options.target })
      await watchJob(client, job, options)
    })
}
