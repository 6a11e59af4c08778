import type { RevisionView } from '@stevedore/contract'
import { Command } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { printList } from '../output.ts'
import { formatTime } from '../render/time.ts'

interface Options extends ServerOptions {
  limit: number
}

export function createHistoryCommand(): Command {
  return addServerOptions(new Command('history'))
    .description('the revisions of an environment, newest first')
    .argument('<app>')
    .argument('<environment>')
    .option('--limit <number>', 'how many', parseWholeNumber, 20)
    .action(async (app: string, environment: string, { limit, ...options }: Options) => {
      const client = await connect(options)
      const page = await client.call('listRevisions', { params: { app, environment }, query: { limit } })
      printList(page.items, { json: options.json, headline, row: toRow, empty: 'Nothing was deployed here yet.' })
    })
}

const headline = ['REVISION', 'STATE', 'VERSION', 'TARGET', 'STRATEGY', 'CAUSE', 'BY', 'CREATED', 'IMAGE']

function toRow(revision: RevisionView): string[] {
  const { number, state, version, target, strategy, cause, createdBy, createdAt, image } = revision
  return [String(number), state, version, target ?? '-', strategy, cause, createdBy, formatTime(createdAt), image]
}
