import { type StrategyType, strategyTypes } from '@stevedore/contract/words'
import { Command, Option } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

interface Options extends ServerOptions, WatchOptions {
  version?: string
  image?: string
  target?: string
  dryRun?: boolean
  strategy?: StrategyType
}

export function createDeployCommand(): Command {
  return addFollowOptions(new Command('deploy'))
    .description(
      'deploy a version to an environment; without one the newest that was pushed or, without a registry, built',
    )
    .argument('<app>')
    .argument('<environment>')
    .option('--version <version>', 'a version that was built and pushed')
    .option('--image <image>', 'an image by digest: REGISTRY/NAME@sha256:…')
    .option('--target <target>', 'another target than the default one')
    .option('--dry-run', 'show the exact changes and make none')
    .addOption(new Option('--strategy <strategy>', 'instead of the environment’s own').choices(strategyTypes))
    .action(deploy)
}

async function deploy(app: string, environment: string, options: Options): Promise<void> {
  const { version, image, target, dryRun, strategy } = options
  const request = { kind: 'deploy', app, environment, version, image, target, dryRun, strategy } as const
  await startJob(await connect(options), request, options)
}
