import type { AppSpecInput, AppsSpecInput } from '@stevedore/contract'
import { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print, printJson } from '../output.ts'
import { readSpecFile, specFileName } from '../spec-file.ts'

interface Options extends ServerOptions {
  file: string
}

export function createApplyCommand(): Command {
  return addServerOptions(new Command('apply'))
    .description(
      'declare an app by its spec, or several by one file, all or none; applying the same spec again changes nothing',
    )
    .option('-f, --file <path>', 'the spec; `-` reads standard input', specFileName)
    .action(apply)
}

async function apply(options: Options): Promise<void> {
  const spec = await readSpecFile(options.file)
  const client = await connect(options)
  if ('apps' in spec) await applyAll(client, spec, options)
  else await applyOne(client, spec, options)
}

async function applyOne(client: Client, spec: AppSpecInput, { json }: Options): Promise<void> {
  const app = await client.call('putApp', { params: { app: spec.app }, body: spec })
  if (json) printJson(app)
  else print(`${app.app} declared (spec version ${app.specVersion})`)
}

/** An app that the file named before and names no longer stays as it is: the file does not say that there was one. */
async function applyAll(client: Client, spec: AppsSpecInput, { json }: Options): Promise<void> {
  const declared = await client.call('putApps', { body: spec })
  if (json) printJson(declared)
  else
    for (const { app, outcome, specVersion } of declared.items) print(`${app} ${outcome} (spec version ${specVersion})`)
}
