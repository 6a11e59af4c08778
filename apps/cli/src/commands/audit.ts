import type { AuditAction, AuditEntry, AuditVerification } from '@stevedore/contract'
import { Command, InvalidArgumentError, Option } from 'commander'
import { parseWholeNumber } from '../arguments.ts'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { print, printAside, printJson, printList } from '../output.ts'
import { formatTime } from '../render/time.ts'

interface Options extends ServerOptions {
  actor?: string
  app?: string
  environment?: string
  job?: string
  action?: string
  since?: string
  order: 'asc' | 'desc'
  cursor?: string
  limit: number
}

/** A head of the chain that was kept elsewhere. */
interface Checkpoint {
  seq: number
  hash: string
}

export function createAuditCommand(): Command {
  return addServerOptions(new Command('audit'))
    .description('who did what, newest first')
    .option('--actor <actor>', 'by this actor, such as token:NAME')
    .option('--app <app>', 'of this app')
    .option('--environment <environment>', 'of this environment')
    .option('--job <job>', 'of this job: its whole id')
    .option('--action <action>', 'of this sort, such as job.requested')
    .option('--since <time>', 'from this ISO 8601 time on')
    .option('--limit <number>', 'how many, at most 200', parseWholeNumber, 50)
    .option('--cursor <cursor>', 'go on where an earlier page ended')
    .addOption(
      new Option('--order <order>', 'newest first, or in the chain’s order').choices(['desc', 'asc']).default('desc'),
    )
    .action(showTrail)
    .addCommand(createVerifyCommand())
}

async function showTrail(options: Options): Promise<void> {
  const { actor, app, environment, job, since, order, cursor, limit, json } = options
  const action = options.action === undefined ? undefined : await findAction(options.action)
  const query = { actor, app, environment, job, action, since, order, cursor, limit }
  const client = await connect(options)
  const page = await client.call('listAudit', { query })
  printList(page.items, { json, headline, row: toRow, empty: 'No entries.' })
  if (page.next) printAside(`There is more: the same with --cursor ${page.next}`)
}

function createVerifyCommand(): Command {
  return addServerOptions(new Command('verify'))
    .description('recompute the chain; ends with 1 and names the first broken entry where it does not hold')
    .option('--checkpoint <seq:hash>', 'a head that was kept elsewhere: shows a cut or rewritten tail', parseCheckpoint)
    .action(verify)
}

async function verify({ checkpoint, ...options }: ServerOptions & { checkpoint?: Checkpoint }): Promise<void> {
  const client = await connect(options)
  const found = await client.call('verifyAudit', { query: checkpoint })
  if (options.json) printJson(found)
  else print(describeCheckpoints(found))
  if (!found.ok) throw new CliError(exitStatus.failed, describeBreak(found), breakRemedy)
  if (!options.json) print(`The trail holds: ${found.entries} entries, head ${found.entries}:${found.head}`)
}

function describeCheckpoints({ checkpoints }: AuditVerification): string {
  if (!checkpoints) return 'This server keeps no checkpoints: a trail that was cut would hold.'
  const { kept, latest, publicKey } = checkpoints
  const signed = `signed with ed25519:${publicKey}`
  if (!latest) return `No checkpoint yet, of those ${signed}: a trail that was cut before the first would hold.`
  return `Held against ${kept} checkpoints, the latest at entry ${latest.seq} of ${formatTime(latest.at)}, ${signed}`
}

function describeBreak({ entries, firstBroken, checkpoints }: AuditVerification): string {
  if (!firstBroken) return `The trail's checkpoints are not to be believed: ${checkpoints?.fault}`
  const { seq, reason } = firstBroken
  const cut = reason === 'cut' ? `, it ends after ${entries} entries and a checkpoint knows of more` : ''
  const hint = checkpoints?.fault === undefined ? '' : `; of the checkpoints: ${checkpoints.fault}`
  return `The trail is broken at entry ${seq}: ${reason}${cut}${hint}`
}

const breakRemedy = 'See docs/runbooks/audit-broken.md; keep a copy of the database and of the checkpoints as they are.'

const headline = ['SEQ', 'AT', 'ACTOR', 'ACTION', 'APP', 'ENVIRONMENT', 'DETAIL']

function toRow({ seq, at, actor, action, app, environment, detail }: AuditEntry): string[] {
  return [String(seq), formatTime(at), actor, action, app ?? '-', environment ?? '-', describeDetail(detail)]
}

/** The plain facts, less what every entry has; the whole of it comes with `--json`. */
function describeDetail({ correlationId: _, ...detail }: AuditEntry['detail']): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ')
}

/** The actions have their details beside them, as schemas: only who asks for one waits for those. */
async function findAction(text: string): Promise<AuditAction> {
  const { auditActions, suggest } = await import('@stevedore/contract')
  const action = auditActions.find((known) => known === text)
  if (action) return action
  const known = `--action takes one of ${auditActions.join(', ')}`
  throw new CliError(exitStatus.usage, `There is no action ${text}${suggest(text, auditActions) || '.'}`, known)
}

function parseCheckpoint(text: string): Checkpoint {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (!seq || !hash) throw new InvalidArgumentError('As `audit verify` prints it: 42:9f86d0….')
  return { seq: Number(seq), hash }
}
