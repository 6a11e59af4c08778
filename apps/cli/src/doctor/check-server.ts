import { jobKinds, type WorkerView } from '@stevedore/contract'
import type { Client } from '../client/client.ts'
import { CliError, exitStatus } from '../exit.ts'
import { describeExpiry, isExpiring } from '../render/describe-expiry.ts'
import type { Check } from './check.ts'

/** Whether the server answers and takes the token, which is asked only of a server that is there. */
export async function checkServer(client: Client): Promise<Check[]> {
  const refusal = await findRefusal(client.call('ready', {}))
  const server = toCheck('server', `${client.url} answers and is ready`, refusal)
  if (refusal?.status === exitStatus.unreachable) return [server]
  const token = toCheck('token', 'is accepted', await findRefusal(client.call('listApps', {})))
  const more = [
    ...(await checkParts(client)),
    ...(await checkWorkers(client)),
    ...(await checkTrail(client)),
    ...(await checkBackups(client)),
    ...(await checkCertificates(client)),
  ]
  return [server, token, ...more]
}

const mostSkewMs = 5_000

/** What the server alone can see, and this machine’s clock against the database’s. None for a token that may not ask, or an older server. */
async function checkParts(client: Client): Promise<Check[]> {
  const beganMs = Date.now()
  const answer = await client.call('listChecks', {}).catch(() => undefined)
  if (!answer) return []
  return [...answer.items, ...(answer.at === null ? [] : [judgeClock(Date.parse(answer.at), beganMs)])]
}

/** The database told the time between the question and now: no more is known of it. */
function judgeClock(toldMs: number, beganMs: number): Check {
  const skewMs = Math.max(0, beganMs - toldMs, toldMs - Date.now())
  const found = `this machine’s is ${skewMs < 1_000 ? 'less than 1' : Math.round(skewMs / 1_000)} s off the database’s`
  if (skewMs <= mostSkewMs) return { name: 'clock', state: 'good', found }
  return { name: 'clock', state: 'missing', found, remedy: 'keep time by NTP: timedatectl set-ntp true' }
}

/** None for a token that may not see the machines, or a server that does not tell of them. */
async function checkWorkers(client: Client): Promise<Check[]> {
  const page = await client.call('listWorkers', {}).catch(() => undefined)
  return page ? judgeWorkers(page.items.filter(({ live }) => live)) : []
}

function judgeWorkers(workers: readonly WorkerView[]): Check[] {
  const taken = new Set(workers.flatMap(({ kinds }) => kinds))
  const orphaned = jobKinds.filter((kind) => !taken.has(kind))
  const limited = workers.flatMap(({ id, away }): Check[] =>
    away.map(({ site, reason }) => {
      const found = `${id} gets no answer from ${site}: ${reason}`
      return {
        name: 'workers',
        state: 'missing',
        found,
        remedy: 'bring it back; jobs that need it wait: stevedore workers',
      }
    }),
  )
  if (orphaned.length === 0)
    return [{ name: 'workers', state: 'good', found: describeCount(workers.length) }, ...limited]
  const found = `no live one takes ${orphaned.join(', ')}: such jobs wait`
  return [
    { name: 'workers', state: 'missing', found, remedy: 'stevedore worker, on a machine with Docker' },
    ...limited,
  ]
}

function describeCount(count: number): string {
  return count === 1 ? 'one lives and takes all kinds' : `${count} live and take all kinds`
}

/** None for a token that may not ask, or a server that does not tell. */
async function checkTrail(client: Client): Promise<Check[]> {
  const guard = await client.call('getAuditGuard', {}).catch(() => undefined)
  if (!guard) return []
  const { role, may } = guard
  if (may.length === 0) return [{ name: 'trail', state: 'good', found: `cannot be changed by the server (${role})` }]
  const found = `could be changed by the server: its PostgreSQL role ${role} ${may.join(', ')}`
  const remedy =
    '`stevedore migrate` as the owner with SERVICE_DATABASE_URL, and the server with that: docs/guide/install.md'
  return [{ name: 'trail', state: 'missing', found, remedy }]
}

const dayMs = 24 * 60 * 60_000

/** None for a token that may not read the trail, or sees that of one app alone: no backup stands in that. */
async function checkBackups(client: Client): Promise<Check[]> {
  const me = await client.call('getMe', {}).catch(() => undefined)
  if (me?.server === false) return []
  const query = { action: 'backup.made', order: 'desc', limit: 1 } as const
  const page = await client.call('listAudit', { query }).catch(() => undefined)
  if (!page) return []
  const [newest] = page.items
  if (newest && Date.now() - Date.parse(newest.at) < 2 * dayMs)
    return [{ name: 'backup', state: 'good', found: `the newest is of ${newest.at}` }]
  const found = newest ? `the newest is of ${newest.at}` : 'there is none of the ledger'
  return [{ name: 'backup', state: 'missing', found, remedy: 'stevedore backup --to FOLDER --every 1d --keep 14' }]
}

/** One for each certificate that needs somebody; none for a token that may not see them. */
async function checkCertificates(client: Client): Promise<Check[]> {
  const page = await client.call('listCertificates', {}).catch(() => undefined)
  return (page?.items ?? []).flatMap(({ name, expiresAt, refusal }): Check[] => {
    const remedy = `stevedore certificate put ${name} --cert FILE --key FILE`
    const check = { name: 'certificate', remedy }
    if (isExpiring(expiresAt))
      return [{ ...check, state: 'missing', found: `${name} expires ${describeExpiry(expiresAt)}` }]
    return refusal ? [{ ...check, state: 'missing', found: `${name} is not served: ${refusal}` }] : []
  })
}

async function findRefusal(answer: Promise<unknown>): Promise<CliError | undefined> {
  try {
    await answer
    return undefined
  } catch (error) {
    if (error instanceof CliError) return error
    throw error
  }
}

function toCheck(name: string, found: string, refusal: CliError | undefined): Check {
  if (!refusal) return { name, state: 'good', found }
  return { name, state: 'bad', found: refusal.message, remedy: refusal.remedy }
}
