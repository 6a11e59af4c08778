import { Command } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

type Options = ServerOptions & WatchOptions & { process?: string }

export function createRestartCommand(): Command {
  return addFollowOptions(new Command('restart'))
    .description('replace all that runs in an environment by the same again: its image, settings and values of secrets')
    .argument('<app>')
    .argument('<environment>')
    .option(
      '--process <name>',
      'the replicas of this process, or of this Deployment of manifests, alone, under the revision that they have',
    )
    .action(async (app: string, environment: string, options: Options) => {
      const { process } = options
      const request = { kind: 'deploy', app, environment, restart: true, ...(process && { process }) } as const
      await startJob(await connect(options), request, options)
    })
}
