import { Command } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

interface Options extends ServerOptions, WatchOptions {
  toRevision?: number
}

export function createRollbackCommand(): Command {
  return addFollowOptions(new Command('rollback'))
    .description(
      'return to the last good revision, or to a numbered one; triggers do not undo it until someone deploys or unpins',
    )
    .argument('<app>')
    .argument('<environment>')
    .option('--to-revision <number>', 'the revision to return to', parseWholeNumber)
    .action(async (app: string, environment: string, options: Options) => {
      await startJob(
        await connect(options),
        { kind: 'rollback', app, environment, toRevision: options.toRevision },
        options,
      )
    })
}
