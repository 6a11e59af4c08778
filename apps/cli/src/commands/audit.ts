import type { AuditEntry, AuditVerification } from '@stevedore/contract'
import { Command, InvalidArgumentError } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import type { Page } from '../client/page.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { printJson, printList } from '../output.ts'
import { formatTime } from '../render/time.ts'

interface Options extends ServerOptions {
  actor?: string
  app?: string
  action?: string
  since?: string
  limit: number
}

export function createAuditCommand(): Command {
  return addServerOptions(new Command('audit'))
    .description('who did what')
    .option('--actor <actor>', 'by this actor, such as token:NAME')
    .option('--app <app>', 'of this app')
    .option('--action <action>', 'of this sort, such as job.requested')
    .option('--since <time>', 'from this ISO 8601 time on')
    .option('--limit <number>', 'how many', parseWholeNumber, 50)
    .action(showTrail)
    .addCommand(createVerifyCommand())
}

async function showTrail(options: Options): Promise<void> {
  const { actor, app, action, since, limit } = options
  const page = await connect(options).get<Page<AuditEntry>>('/v1/audit', {
    query: { actor, app, action, since, limit },
  })
  printList(page.items, { json: options.json, headline, row: toRow, empty: 'No entries.' })
  if (page.next)
    console.error(
      `There is more after entry ${page.items.at(-1)?.seq}: narrow it down, or raise --limit (200 at most).`,
    )
}

function createVerifyCommand(): Command {
  return addServerOptions(new Command('verify'))
    .description('recompute the chain; ends with 1 and names the first broken entry where it does not hold')
    .option('--checkpoint <seq:hash>', 'a head that was kept elsewhere: shows a cut or rewritten tail', parseCheckpoint)
    .action(async (options: ServerOptions & { checkpoint?: { seq: number; hash: string } }) => {
      const found = await connect(options).get<AuditVerification>('/v1/audit/verify', {
        query: options.checkpoint ?? {},
      })
      if (options.json) printJson(found)
      else if (found.ok) console.log(`The trail holds: ${found.entries} entries, head ${found.entries}:${found.head}`)
      const broken = found.firstBroken
      if (!found.ok)
        throw new CliError(exitStatus.failed, `The trail is broken at entry ${broken?.seq}: ${broken?.reason}`)
    })
}

const headline = ['SEQ', 'AT', 'ACTOR', 'ACTION', 'APP', 'ENVIRONMENT', 'DETAIL']

function toRow({ seq, at, actor, action, app, environment, detail }: AuditEntry): string[] {
  return [String(seq), formatTime(at), actor, action, app ?? '-', environment ?? '-', describeDetail(detail)]
}

/** The plain facts, less what every entry has; the whole of it comes with `--json`. */
function describeDetail({ correlationId: _, ...detail }: Record<string, unknown>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ')
}

function parseCheckpoint(text: string): { seq: number; hash: string } {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (!seq || !hash) throw new InvalidArgumentError('As `audit verify` prints it: 42:9f86d0….')
  return { seq: Number(seq), hash }
}
