import type { AppView, EnvironmentView } from '@stevedore/contract'
import { Command } from 'commander'
import { apiPath, type Client } from '../client/client.ts'
import type { Page } from '../client/page.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { printJson, printList } from '../output.ts'
import { describeEnvironment } from '../render/describe-environment.ts'
import { describeWeights } from '../render/describe-event.ts'

export function createStatusCommand(): Command {
  return addServerOptions(new Command('status'))
    .description('what runs: of all apps, of one, or of one environment in full')
    .argument('[app]')
    .argument('[environment]')
    .action(async (app: string | undefined, environment: string | undefined, options: ServerOptions) => {
      const client = connect(options)
      if (app !== undefined && environment !== undefined) return showEnvironment(client, app, environment, options)
      const apps =
        app === undefined ? (await client.get<Page<AppView>>('/v1/apps')).items.map((item) => item.app) : [app]
      const found = await Promise.all(apps.map((name) => listEnvironments(client, name)))
      printList(found.flat(), { json: options.json, headline, row: toRow, empty: 'No environments are declared.' })
    })
}

async function listEnvironments(client: Client, app: string): Promise<EnvironmentView[]> {
  return (await client.get<Page<EnvironmentView>>(apiPath`/v1/apps/${app}/environments`)).items
}

async function showEnvironment(
  client: Client,
  app: string,
  environment: string,
  options: ServerOptions,
): Promise<void> {
  const view = await client.get<EnvironmentView>(apiPath`/v1/apps/${app}/environments/${environment}`)
  if (options.json) printJson(view)
  else console.log(describeEnvironment(view))
}

const headline = ['APP', 'ENVIRONMENT', 'REVISION', 'VERSION', 'HEALTHY', 'TRAFFIC', 'NOTES']

function toRow({ app, environment, desired, observed, pinnedBy, activeJobId }: EnvironmentView): string[] {
  const healthy = observed?.replicas.filter((replica) => replica.healthy).length
  const notes = [pinnedBy ? 'pinned' : '', activeJobId ? 'job running' : '', observed?.drift.length ? 'drift' : '']
  return [
    app,
    environment,
    desired ? String(desired.number) : '-',
    desired?.version ?? '-',
    observed ? `${healthy}/${observed.replicas.length}` : '-',
    observed ? describeWeights(observed.traffic) : '-',
    notes.filter(Boolean).join(', '),
  ]
}
