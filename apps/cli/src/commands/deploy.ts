import { type StrategyType, strategyTypes } from '@stevedore/contract/words'
import { Command, Option } from 'commander'
import { parseDurationMs } from '../arguments.ts'
import type { Client } from '../client/client.ts'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

interface Options extends ServerOptions, WatchOptions {
  version?: string
  image?: string
  target?: string
  dryRun?: boolean
  strategy?: StrategyType
  namespace?: string
  /** Milliseconds. */
  waitTimeout?: number
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
    .option('--namespace <namespace>', 'only where the environment is in this namespace of a cluster; it moves nothing')
    .option(
      '--wait-timeout <duration>',
      'follow the job for so long at most, then leave it with status 1: 90s, 20m',
      parseDurationMs,
    )
    .action(deploy)
}

async function deploy(app: string, environment: string, options: Options): Promise<void> {
  const { version, image, target, dryRun, strategy, namespace, waitTimeout } = options
  const client = await connect(options)
  if (namespace !== undefined) await requireNamespace(client, { app, environment, namespace })
  const request = { kind: 'deploy', app, environment, version, image, target, dryRun, strategy } as const
  await startJob(client, request, { ...options, ...(waitTimeout !== undefined && { patienceMs: waitTimeout }) })
}

/** Whoever means another place than the spec says is told so before anything begins. */
async function requireNamespace(
  client: Client,
  { app, environment, namespace }: { app: string; environment: string; namespace: string },
): Promise<void> {
  const { spec } = await client.call('getApp', { params: { app } })
  const settings = spec.environments[environment]
  if (settings === undefined) throw new CliError(exitStatus.usage, `${app} has no environment ${environment}`)
  if (settings.engine === 'kubernetes' && settings.namespace === namespace) return
  const place = settings.engine === 'kubernetes' ? `in the namespace ${settings.namespace}` : 'on Docker'
  throw new CliError(
    exitStatus.usage,
    `${environment} of ${app} is ${place}, not in the namespace ${namespace}`,
    'Where an environment runs is said by the spec: change `namespace` there, then stevedore apply.',
  )
}
