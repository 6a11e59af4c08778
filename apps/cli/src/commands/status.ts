import type { EnvironmentView, UnknownPlaceView } from '@stevedore/contract'
import { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print, printJson, printList } from '../output.ts'
import { describeEnvironment } from '../render/describe-environment.ts'
import { describeWeights } from '../render/describe-event.ts'
import { formatDuration } from '../render/time.ts'

interface Options extends ServerOptions {
  unknown?: boolean
}

export function createStatusCommand(): Command {
  return addServerOptions(new Command('status'))
    .description('what runs: of all apps, of one, or of one environment in full')
    .argument('[app]')
    .argument('[environment]')
    .option(
      '--unknown',
      'what the workers find on Docker hosts, and in namespaces of clusters that they have worked in, that the ledger does not know',
    )
    .action(async (app: string | undefined, environment: string | undefined, options: Options) => {
      const client = await connect(options)
      if (options.unknown) return showUnknown(client, options)
      if (app === undefined || environment === undefined) await showEnvironments(client, app, options)
      else await showEnvironment(client, app, environment, options)
    })
}

async function showEnvironments(client: Client, app: string | undefined, { json }: ServerOptions): Promise<void> {
  const apps = app === undefined ? (await client.call('listApps', {})).items.map((view) => view.app) : [app]
  const pages = await Promise.all(apps.map((name) => client.call('listEnvironments', { params: { app: name } })))
  const environments = pages.flatMap((page) => page.items)
  printList(environments, {
    json,
    headline,
    row: toRow,
    empty: 'No environments are declared. Declare an app: stevedore apply -f stevedore.yaml',
  })
}

async function showEnvironment(
  client: Client,
  app: string,
  environment: string,
  options: ServerOptions,
): Promise<void> {
  const view = await client.call('getEnvironment', { params: { app, environment } })
  if (options.json) printJson(view)
  else print(describeEnvironment(view))
}

async function showUnknown(client: Client, { json }: ServerOptions): Promise<void> {
  const { items } = await client.call('listUnknownPlaces', {})
  printList(items, {
    json,
    headline: ['APP', 'ENVIRONMENT', 'HOST', 'REPLICAS', 'REVISIONS', 'HOLDS', 'SEEN'],
    row: ({ app, environment, host, replicas, revisions, claims, seenAt }: UnknownPlaceView) => [
      ...[app, environment, host, String(replicas), revisions.join(', ') || '-', claims.join(', ') || '-'],
      `${formatDuration(Date.now() - Date.parse(seenAt))} ago`,
    ],
    empty: 'Nothing is there that the ledger does not know.',
  })
  if (!json && items.length > 0)
    print(
      'To take one over: declare the app, then stevedore adopt APP ENV. To end it: stevedore remove APP ENV after that.',
    )
}

const headline = ['APP', 'ENVIRONMENT', 'REVISION', 'VERSION', 'TARGET', 'AGE', 'HEALTHY', 'TRAFFIC', 'NOTES']

function toRow(view: EnvironmentView): string[] {
  const { app, environment, desired, observed } = view
  return [
    app,
    environment,
    desired ? String(desired.number) : '-',
    desired?.version ?? '-',
    desired?.target ?? '-',
    desired?.activatedAt ? formatDuration(Date.now() - Date.parse(desired.activatedAt)) : '-',
    countHealthy(view),
    (observed && describeWeights(observed.traffic)) || '-',
    listNotes(view).join(', '),
  ]
}

/** Of those that should run, or, where nothing should, of those that were seen. */
function countHealthy({ replicas, observed }: EnvironmentView): string {
  if (replicas) return `${replicas.healthy}/${replicas.desired}`
  const seen = observed?.replicas ?? []
  return seen.length > 0 ? `${seen.filter(({ healthy }) => healthy).length}/${seen.length}` : '-'
}

function listNotes(view: EnvironmentView): string[] {
  const { pinnedBy, activeJobId, observed, changedSecrets, replicas, lastFailure, waitingFor } = view
  const notes = {
    DOWN: replicas?.healthy === 0 && replicas.desired > 0,
    [`last ${lastFailure?.kind} failed: ${lastFailure?.code}`]: lastFailure !== null,
    pinned: pinnedBy !== null,
    'needs attention: what runs is newer than the ledger': waitingFor === 'restored',
    'job running': activeJobId !== null && waitingFor === null,
    [`job waits: ${waitingFor}`]: waitingFor !== null && waitingFor !== 'restored',
    drift: observed !== null && observed.drift.length > 0,
    'secrets changed': changedSecrets.length > 0,
  }
  return Object.entries(notes).flatMap(([note, holds]) => (holds ? [note] : []))
}
