import { Command, InvalidArgumentError } from 'commander'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

type Options = ServerOptions & WatchOptions

export function createScaleCommand(): Command {
  return addFollowOptions(new Command('scale'))
    .description(
      'change how many replicas run of web, of another process or of a Deployment of manifests, until the next deploy: stevedore scale shop production worker=4 web=3',
    )
    .argument('<app>')
    .argument('<environment>')
    .argument('<counts...>', undefined, collectCount)
    .action(async (app: string, environment: string, counts: Map<string, number>, options: Options) => {
      const scale = Object.fromEntries(counts)
      await startJob(await connect(options), { kind: 'deploy', app, environment, scale }, options)
    })
}

function collectCount(text: string, before: Map<string, number> | undefined): Map<string, number> {
  const [, name, digits] = /^([a-z0-9][a-z0-9-]{0,62})=(\d{1,3})$/.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError('Give a process and its count: worker=4.')
  if (before?.has(name)) throw new InvalidArgumentError(`${name} is named twice.`)
  return new Map([...(before ?? []), [name, Number(digits)]])
}
