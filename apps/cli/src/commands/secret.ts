import type { SecretView } from '@stevedore/contract'
import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print, printJson, printList } from '../output.ts'
import { readSecretValue } from '../read-secret-value.ts'
import { formatTime } from '../render/time.ts'

interface Options extends ServerOptions {
  app?: string
  environment?: string
}

export function createSecretCommand(): Command {
  return new Command('secret')
    .description('values that builds and environments name; they are never shown again')
    .addCommand(createSetCommand())
    .addCommand(createListCommand())
    .addCommand(createRemoveCommand())
}

function addScope(command: Command): Command {
  return addServerOptions(command)
    .option('--app <app>', 'for this app alone')
    .option('--environment <environment>', 'for this environment of the app alone')
}

const scopeOf = ({ app, environment }: Options) => ({ app, environment })

function createSetCommand(): Command {
  return addScope(new Command('set'))
    .description('store a value, read from standard input or asked for; never from the arguments')
    .argument('<name>')
    .action(setSecret)
}

async function setSecret(name: string, options: Options): Promise<void> {
  const client = await connect(options)
  const value = await readSecretValue(`Value of ${name}: `)
  const secret = await client.call('putSecret', { params: { name }, query: scopeOf(options), body: { value } })
  if (options.json) printJson(secret)
  else print(`${name} stored (${secret.fingerprint})`)
}

function createListCommand(): Command {
  return addScope(new Command('list'))
    .description('names, versions and fingerprints')
    .action(async (options: Options) => {
      const client = await connect(options)
      const page = await client.call('listSecrets', { query: scopeOf(options) })
      printList(page.items, { json: options.json, headline, row: toRow, empty: 'No secrets.' })
    })
}

function createRemoveCommand(): Command {
  return addScope(new Command('remove'))
    .description('forget a value')
    .argument('<name>')
    .action(async (name: string, options: Options) => {
      const client = await connect(options)
      await client.call('removeSecret', { params: { name }, query: scopeOf(options) })
      print(`${name} removed`)
    })
}

const headline = ['NAME', 'APP', 'ENVIRONMENT', 'VERSION', 'FINGERPRINT', 'UPDATED']

function toRow({ name, app, environment, version, fingerprint, updatedAt }: SecretView): string[] {
  return [name, app ?? '-', environment ?? '-', String(version), fingerprint, formatTime(updatedAt)]
}
