import { createHash } from 'node:crypto'
import { admit, type Facts, readFacts, refuseClosedRegistry } from '@stevedore/admission'
import {
  grants,
  locateRegistry,
  notFound,
  ProblemError,
  type RecordedRequest,
  type ResolvedJob,
  type Resource,
  refuseFaults,
} from '@stevedore/contract'
import {
  type AppRecord,
  enqueueJob,
  findReplay,
  getApp,
  type Job,
  listVouchedHosts,
  OutdatedError,
  type Repository,
  vouchForRegistry,
} from '@stevedore/ledger'
import { canSee, isServerWide } from './reach.ts'
import type { Call } from './route.ts'
import { viewJob } from './views/job-view.ts'

/** Records the job that a person asks for, and answers with it: 202, and where it is. Throws ProblemError. */
export async function answerWithJob(
  { context, token, by, turn, request: { headers }, reply }: Caller,
  request: RecordedRequest,
): Promise<unknown> {
  const idempotency = readIdempotency(headers['idempotency-key'], token.id, request)
  const job = await recordOrRepeat({ context, request, token, by, idempotency, turn })
  return reply
    .code(202)
    .header('location', `/v1/jobs/${job.id}`)
    .send(await viewJob(context.ledger, job))
}

type Caller = Pick<Call, 'context' | 'token' | 'by' | 'turn' | 'request' | 'reply'>

interface Asked extends Pick<Caller, 'context' | 'token' | 'by' | 'turn'> {
  request: RecordedRequest
  idempotency: Idempotency
}

/** What a repeat asks for may be done by now, and refused as such: it has its job all the same. */
async function recordOrRepeat(asked: Asked): Promise<Job> {
  try {
    return await record(asked)
  } catch (error) {
    const replay = error instanceof ProblemError && (await findRepeated(asked))
    if (replay) return replay
    throw error
  }
}

async function findRepeated({ context, by, idempotency }: Asked): Promise<Job | undefined> {
  return idempotency && findReplay(context.ledger, { by, idempotency })
}

/** The app is taken as it was last known; where that ends in a refusal, or no longer holds, it is read. */
async function record(asked: Asked): Promise<Job> {
  const { ledger, apps } = asked.context
  const name = asked.request.app
  const known = apps.get(name)
  if (known)
    try {
      return await recordUnder(known, asked, true)
    } catch (error) {
      if (!(error instanceof ProblemError || error instanceof OutdatedError)) throw error
      apps.delete(name)
    }
  const app = await getApp(ledger, name)
  if (!app) throw notFound()
  const job = await recordUnder(app, asked, false)
  // One that is refused is read each time, which costs less than to be told by the record.
  if (apps.size >= appsKnown) apps.clear()
  apps.set(name, app)
  return job
}

const appsKnown = 1_000

async function recordUnder(app: AppRecord, asked: Asked, underCurrentSpec: boolean): Promise<Job> {
  const { context, request, token, by, idempotency, turn } = asked
  const { ledger } = context
  const facts = readFacts(ledger, app.app, (read, key) => context.shareRead(key, read))
  const unjudged: Repository[] = []
  // What a request that names a registry vouches for would be kept also where it is refused.
  const isPlain = !('registry' in request && request.registry !== undefined)
  const judged = underCurrentSpec && isPlain ? leaveToRecord(facts, unjudged) : facts
  const admission = await admit(judged, app, request, {
    by: 'person',
    canSee: (place) => canSee(token, place),
  })
  if ('refusal' in admission) throw admission.refusal
  const { job } = admission
  const repeated = await judgeRegistry(asked, facts, job.resolved)
  if (repeated) return repeated
  // Nothing but the record is left to do, which it shares with others. A dry run is asked for its place after that.
  if (job.environment === null) turn.leave()
  return (await enqueueJob(ledger, { job, by, idempotency, underCurrentSpec, unjudged })).job
}

/** Whose a repository is does not make a job another one: whatever records it looks at that, and asks the ledger nothing before. */
function leaveToRecord(facts: Facts, unjudged: Repository[]): Facts {
  return {
    ...facts,
    async findForeign(resources) {
      if (!resources.every(isRepository)) return facts.findForeign(resources)
      unjudged.push(...resources)
      return []
    },
  }
}

function isRepository(resource: Resource): resource is Repository {
  return resource.kind === 'repository'
}

/** Vouches for the registry that an administrator names. @returns the job of a repeat, which vouches for none. Throws ProblemError */
async function judgeRegistry(asked: Asked, facts: Facts, resolved: ResolvedJob): Promise<Job | undefined> {
  const { request, token, context } = asked
  const named = request.kind === 'build' ? request.registry : undefined
  // As with the registry of a spec: who administers the server says what on private networks may be asked.
  const vouches = named !== undefined && isServerWide(token) && grants(token.role, 'administer')
  const own = vouches ? locateRegistry(named).places : []
  const refuse = (vouched: string[]) => refuseClosedRegistry(facts, resolved, { ...context.config, vouched })
  // What others have vouched for is only asked where it matters.
  const closed = (await refuse(own)) && (await refuse([...own, ...(await listVouchedHosts(context.ledger))]))
  if (closed) throw closed
  if (!vouches) return undefined
  const repeated = await findRepeated(asked)
  if (!repeated) await vouchForRegistry(context.ledger, named)
  return repeated
}

type Idempotency = { key: string; bodyHash: string } | undefined

/** Keys belong to the token that sent them: another caller's choice of the same text is another key. */
function readIdempotency(key: unknown, tokenId: string, body: object): Idempotency {
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw refuseFaults([
      { path: ['Idempotency-Key'], code: 'invalid-format', message: 'takes 1 to 255 visible characters' },
    ])
  return { key: `${tokenId}:${key}`, bodyHash: createHash('sha256').update(writeSorted(body)).digest('hex') }
}

/** The same members in any order are the same body. */
function writeSorted(body: object): string {
  return JSON.stringify(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)))
}
