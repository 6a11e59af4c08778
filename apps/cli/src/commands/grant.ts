import type { GrantView } from '@stevedore/contract'
import { everyApp, type ResourceKind, resourceKinds } from '@stevedore/contract/words'
import { Argument, Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { printJson, printList } from '../output.ts'
import { formatTime } from '../render/time.ts'

interface GiveOptions extends ServerOptions {
  app: string
  context?: string
  read?: boolean
  everyApp?: boolean
}

const names: Record<ResourceKind, [argument: string, description: string]> = {
  repository: ['<registry/name>', 'give an app an image repository, or let it build from there'],
  namespace: ['<namespace>', 'give an app a namespace of a cluster'],
  deployment: ['<namespace/name>', 'give an app a Deployment of a cluster, to adopt'],
  host: ['<name>', 'give an app a host name, or those of *. and one'],
}

export function createGrantCommand(): Command {
  const command = new Command('grant').description('which app may use which repository, namespace and host name')
  for (const kind of resourceKinds) command.addCommand(createGiveCommand(kind))
  return command.addCommand(createListCommand()).addCommand(createRemoveCommand())
}

function createGiveCommand(kind: ResourceKind): Command {
  const [argument, description] = names[kind]
  const command = addServerOptions(new Command(kind)).description(description).argument(argument)
  if (kind === 'repository')
    command
      .option('--app <app>', 'who gets it')
      .option('--read', 'its builds may begin from there, and no more')
      .option('--every-app', 'with --read: all apps')
  else command.requiredOption('--app <app>', 'who gets it')
  if (isOfCluster(kind))
    command.option('--context <context>', 'the kubeconfig context; the worker’s own cluster without')
  return command.action((name: string, options: GiveOptions) => give(kind, name, options))
}

function isOfCluster(kind: ResourceKind): boolean {
  return kind === 'namespace' || kind === 'deployment'
}

async function give(kind: ResourceKind, name: string, options: GiveOptions): Promise<void> {
  const { context, read } = options
  const app = options.everyApp ? everyApp : (options.app ?? '')
  const client = await connect(options)
  const granted = await client.call('putGrant', { body: { kind, name, context, app, access: read ? 'read' : 'own' } })
  if (options.json) return printJson(granted)
  console.log(`${nameApp(granted.app)} may ${read ? 'build from' : 'use'} ${kind} ${granted.name}`)
}

function createListCommand(): Command {
  return addServerOptions(new Command('list'))
    .description('who has what, since when and by whom')
    .option('--app <app>', 'what this app has')
    .action(async ({ app, ...options }: ServerOptions & { app?: string }) => {
      const client = await connect(options)
      const { items } = await client.call('listGrants', { query: { app } })
      printList(items, { json: options.json, headline, row: toRow, empty: 'No grants.' })
    })
}

function createRemoveCommand(): Command {
  return addServerOptions(new Command('remove'))
    .description('take a grant back')
    .addArgument(new Argument('<kind>').choices(resourceKinds))
    .argument('<name>')
    .option('--app <app>', 'who has it; without, what every app may read')
    .option('--context <context>', 'the kubeconfig context')
    .action(remove)
}

async function remove(
  kind: ResourceKind,
  name: string,
  { app = everyApp, context, ...options }: ServerOptions & { app?: string; context?: string },
): Promise<void> {
  const client = await connect(options)
  await client.call('removeGrant', { query: { kind, name, app, context } })
  console.log(`${kind} ${name} is taken from ${nameApp(app)}`)
}

const headline = ['KIND', 'NAME', 'CONTEXT', 'APP', 'ACCESS', 'BY', 'SINCE']

function toRow({ kind, name, context, app, access, cause, grantedBy, grantedAt }: GrantView): string[] {
  const by = cause === 'given' ? grantedBy : `${grantedBy}, ${cause}`
  return [kind, name, context ?? '-', nameApp(app), access, by, formatTime(grantedAt)]
}

function nameApp(app: string): string {
  return app === everyApp ? 'every app' : app
}
