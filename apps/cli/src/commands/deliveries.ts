import type { DeliveryView, RecordedDelivery } from '@stevedore/contract'
import { Command } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import type { Client } from '../client/client.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { print, printJson, printList } from '../output.ts'
import { formatAge } from '../render/time.ts'

interface Options extends ServerOptions {
  limit: number
}

export function createDeliveriesCommand(): Command {
  return addServerOptions(new Command('deliveries'))
    .description('the webhooks that came for an app, newest first, or one of them judged anew')
    .usage('[options] APP [redeliver ID]')
    .argument('<words...>', 'APP, or APP redeliver ID')
    .option('--limit <number>', 'how many, at most 200', parseWholeNumber, 20)
    .action(async ([app = '', verb, id, ...rest]: string[], { limit, ...options }: Options) => {
      if (
        (verb !== undefined && verb !== 'redeliver') ||
        rest.length > 0 ||
        (verb !== undefined) !== (id !== undefined)
      )
        throw new CliError(exitStatus.usage, 'It takes APP, or APP redeliver ID')
      const client = await connect(options)
      if (id !== undefined) return redeliver(client, { app, id }, options)
      const { items } = await client.call('listDeliveries', { params: { app }, query: { limit } })
      printList(items, {
        json: options.json,
        headline,
        row: toRow,
        empty: `No webhook has come for it. Its forge sends them to /v1/webhooks/PROVIDER/${app}`,
      })
    })
}

async function redeliver(client: Client, params: { app: string; id: string }, { json }: ServerOptions): Promise<void> {
  const found = await client.call('redeliver', { params })
  if (json) printJson(found)
  else print(describe(found))
}

function describe({ jobs, reasons }: DeliveryView): string {
  const started = jobs.map((job) => `started ${job}: stevedore watch ${job}`)
  return [...(started.length > 0 ? started : ['started nothing']), ...reasons].join('\n')
}

const headline = ['ID', 'RECEIVED', 'PROVIDER', 'EVENT', 'STARTED', 'WHY']

function toRow({ id, receivedAt, provider, event, jobs, reason, redeliveryOf }: RecordedDelivery): string[] {
  const told = redeliveryOf === null ? (event ?? '-') : `${event ?? '-'} (of ${redeliveryOf}, anew)`
  return [String(id), formatAge(receivedAt), provider, told, jobs.join(', ') || '-', reason ?? '-']
}
