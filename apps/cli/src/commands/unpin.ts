import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print, printJson } from '../output.ts'

export function createUnpinCommand(): Command {
  return addServerOptions(new Command('unpin'))
    .description('let triggers deploy again to an environment that a rollback pinned')
    .argument('<app>')
    .argument('<environment>')
    .action(async (app: string, environment: string, options: ServerOptions) => {
      const client = await connect(options)
      const view = await client.call('unpinEnvironment', { params: { app, environment } })
      if (options.json) printJson(view)
      else print(`${app} ${environment} is not pinned`)
    })
}
