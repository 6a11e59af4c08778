import type { EnvironmentView } from '@stevedore/contract'
import { Command } from 'commander'
import { apiPath } from '../client/client.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { printJson } from '../output.ts'

export function createUnpinCommand(): Command {
  return addServerOptions(new Command('unpin'))
    .description('let triggers deploy again to an environment that a rollback pinned')
    .argument('<app>')
    .argument('<environment>')
    .action(async (app: string, environment: string, options: ServerOptions) => {
      const path = apiPath`/v1/apps/${app}/environments/${environment}/unpin`
      const view = await connect(options).post<EnvironmentView>(path, { body: {} })
      if (options.json) printJson(view)
      else console.log(`${app} ${environment} is not pinned`)
    })
}
