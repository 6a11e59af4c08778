import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print, printJson } from '../output.ts'
import { readSpecFile, specFileName } from '../spec-file.ts'

interface Options extends ServerOptions {
  file: string
}

export function createApplyCommand(): Command {
  return addServerOptions(new Command('apply'))
    .description('declare an app by its spec; applying the same spec again changes nothing')
    .option('-f, --file <path>', 'the spec; `-` reads standard input', specFileName)
    .action(apply)
}

async function apply(options: Options): Promise<void> {
  const spec = await readSpecFile(options.file)
  const client = await connect(options)
  const app = await client.call('putApp', { params: { app: spec.app }, body: spec })
  if (options.json) printJson(app)
  else print(`${app.app} declared (spec version ${app.specVersion})`)
}
