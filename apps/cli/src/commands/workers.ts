import type { WorkerView } from '@stevedore/contract'
import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { print, printList } from '../output.ts'
import { formatAge } from '../render/time.ts'

export function createWorkersCommand(): Command {
  return addServerOptions(new Command('workers'))
    .description('who does the work: what each worker takes, has in hand and cannot reach')
    .action(async (options: ServerOptions) => {
      const client = await connect(options)
      const { items } = await client.call('listWorkers', {})
      printList(items, { json: options.json, headline, row: toRow, empty: noWorkers })
      if (!options.json) for (const line of items.flatMap(describeTroubles)) print(line)
    })
}

const noWorkers = 'No worker has told of itself within the last hour: jobs wait. Start one: stevedore worker'

const headline = ['WORKER', 'VERSION', 'STATE', 'TAKES', 'RUNNING', 'STARTED', 'SEEN']

function toRow(worker: WorkerView): string[] {
  const { id, version, kinds, concurrency, running, startedAt, seenAt } = worker
  const takes =
    kinds.length === 0 ? '-' : `${kinds.join(', ')}${concurrency === null ? '' : ` (${concurrency} of each)`}`
  return [id, version ?? '-', describeState(worker), takes, String(running), formatAge(startedAt), formatAge(seenAt)]
}

function describeState({ live, kinds, away }: WorkerView): string {
  if (!live) return 'lost'
  if (kinds.length === 0) return 'drains'
  return away.length > 0 ? 'limited' : 'ready'
}

/** One that is lost is told with its row; what it could not reach then says nothing now. */
function describeTroubles({ id, live, away }: WorkerView): string[] {
  if (!live) return []
  return away.map(({ site, since, reason }) => `${id}: ${site} does not answer, since ${formatAge(since)}: ${reason}`)
}
