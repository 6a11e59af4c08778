import type { SpecVersionView } from '@stevedore/contract'
import { Command, Option } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import type { Client } from '../client/client.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print, printComparison, printJson, printList } from '../output.ts'
import { formatTime } from '../render/time.ts'

interface Options extends ServerOptions {
  version?: number
  versions?: boolean
  limit: number
  diff?: number
}

export function createSpecCommand(): Command {
  return addServerOptions(new Command('spec'))
    .description('the spec of an app as it was declared, as `apply` takes it, or what its versions are')
    .argument('<app>')
    .option('--version <number>', 'this version, instead of the one that holds', parseWholeNumber)
    .option('--diff <number>', 'in what it differs from this version', parseWholeNumber)
    .addOption(
      new Option('--versions', 'when each version was declared, and by whom, newest first').conflicts([
        'version',
        'diff',
      ]),
    )
    .option('--limit <number>', 'how many versions, at most 200', parseWholeNumber, 20)
    .action(async (app: string, options: Options) => {
      const client = await connect(options)
      if (options.versions) await listVersions(client, app, options)
      else if (options.diff !== undefined) await compare(client, app, { ...options, diff: options.diff })
      else await show(client, app, options)
    })
}

async function listVersions(client: Client, app: string, { limit, json }: Options): Promise<void> {
  const { items } = await client.call('listSpecVersions', { params: { app }, query: { limit } })
  printList(items, { json, headline: ['VERSION', 'DECLARED', 'BY'], row: toRow, empty: 'It has no version.' })
}

function toRow({ specVersion, declaredAt, declaredBy }: SpecVersionView): string[] {
  return [String(specVersion), formatTime(declaredAt), declaredBy]
}

async function compare(client: Client, app: string, options: Options & { diff: number }): Promise<void> {
  const { version = (await client.call('getApp', { params: { app } })).specVersion, diff, json } = options
  const found = await client.call('compareSpecs', { params: { app }, query: { from: diff, to: version } })
  printComparison(found, { json, sign: 'v' })
}

async function show(client: Client, app: string, { version, json }: Options): Promise<void> {
  const found =
    version === undefined
      ? await client.call('getApp', { params: { app } })
      : await client.call('getSpecVersion', { params: { app, number: version } })
  if (json) return printJson(found)
  const { formatSpec } = await import('../format-spec.ts')
  print(formatSpec(found.spec))
}
