import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print } from '../output.ts'

export function createRetireCommand(): Command {
  return addServerOptions(new Command('retire'))
    .description('take an app out of service; its history stays')
    .argument('<app>')
    .action(async (app: string, options: ServerOptions) => {
      const client = await connect(options)
      await client.call('retireApp', { params: { app } })
      print(`${app} is retired`)
    })
}
