import type { TokenView } from '@stevedore/contract'
import { durationMs, type Role, roles } from '@stevedore/contract/words'
import { Command, InvalidArgumentError, Option } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print, printJson, printList } from '../output.ts'
import { formatTime } from '../render/time.ts'

interface CreateOptions extends ServerOptions {
  role: Role
  person?: string
  app?: string
  environment?: string
  expiresIn?: string
}

export function createTokenCommand(): Command {
  return new Command('token')
    .description('who may call the API')
    .addCommand(createCreateCommand())
    .addCommand(createListCommand())
    .addCommand(createRevokeCommand())
}

function createCreateCommand(): Command {
  return addServerOptions(new Command('create'))
    .description('make a token; it is shown this once')
    .argument('<name>')
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option(
      '--person <name>',
      'whose it is, where the name does not say it; nobody approves what they asked for by another token',
    )
    .option('--app <app>', 'for this app alone')
    .option('--environment <environment>', 'for this environment of the app alone')
    .option('--expires-in <duration>', 'how long it holds, such as 12h or 90d; for ever without', checkDuration)
    .action(createToken)
}

async function createToken(name: string, options: CreateOptions): Promise<void> {
  const { role, person, app, environment, expiresIn } = options
  const client = await connect(options)
  const created = await client.call('createToken', { body: { name, role, person, app, environment, expiresIn } })
  if (options.json) printJson(created)
  else print(created.token)
}

function createListCommand(): Command {
  return addServerOptions(new Command('list'))
    .description('names, roles and scopes')
    .action(async (options: ServerOptions) => {
      const client = await connect(options)
      const page = await client.call('listTokens', {})
      printList(page.items, { json: options.json, headline, row: toRow, empty: 'No tokens.' })
    })
}

function createRevokeCommand(): Command {
  return addServerOptions(new Command('revoke'))
    .description('end a token by its id')
    .argument('<id>')
    .action(async (id: string, options: ServerOptions) => {
      const client = await connect(options)
      await client.call('revokeToken', { params: { id } })
      print(`${id} is revoked`)
    })
}

const headline = ['ID', 'NAME', 'ROLE', 'PERSON', 'APP', 'ENVIRONMENT', 'EXPIRES', 'LAST USED']

function toRow({ id, name, role, person, app, environment, expiresAt, lastUsedAt }: TokenView): string[] {
  return [id, name, role, person, app ?? '-', environment ?? '-', formatTime(expiresAt), formatTime(lastUsedAt)]
}

function checkDuration(text: string): string {
  try {
    durationMs(text)
    return text
  } catch {
    // Whatever the fault, the remedy is the same.
    throw new InvalidArgumentError('A duration is a number and a unit: 30m, 12h, 90d.')
  }
}
