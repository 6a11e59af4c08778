import { Command } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

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
      await startJob(await connect(options), { kind: 'push', app, version, target: options.target }, options)
    })
}
