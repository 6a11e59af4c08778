import type { RevisionComparison } from '@stevedore/contract'
import { Command } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { printJson, printList } from '../output.ts'

export function createCompareCommand(): Command {
  return addServerOptions(new Command('compare'))
    .description('in what two revisions differ: their images and all that they run with')
    .argument('<app>')
    .argument('<environment>')
    .argument('<from>', 'the number of a revision', parseWholeNumber)
    .argument('<to>', 'the number of another', parseWholeNumber)
    .action(async (app: string, environment: string, from: number, to: number, { json, ...options }: ServerOptions) => {
      const client = await connect(options)
      const found = await client.call('compareRevisions', { params: { app, environment }, query: { from, to } })
      if (json) return printJson(found)
      printList(found.changes, {
        json,
        headline: ['WHAT', `r${from}`, `r${to}`],
        row: toRow,
        empty: 'They do not differ.',
      })
    })
}

function toRow({ path, from, to }: RevisionComparison['changes'][number]): string[] {
  return [path, write(from), write(to)]
}

function write(value: unknown): string {
  if (value === null || value === undefined) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
