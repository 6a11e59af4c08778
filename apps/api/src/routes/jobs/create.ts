import { createHash } from 'node:crypto'
import { admit, readFacts, refuseClosedRegistry } from '@stevedore/admission'
import { grants, type JobRequest, locateRegistry, notFound, operations, refuseFaults } from '@stevedore/contract'
import {
  type By,
  enqueueJob,
  findReplay,
  getApp,
  type Job,
  listVouchedHosts,
  type TokenRecord,
  vouchForRegistry,
} from '@stevedore/ledger'
import type { ApiContext } from '../../context.ts'
import { canSee, isServerWide, requireReach } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewJob } from '../../views/job-view.ts'

export const createJobRoute = defineRoute(operations.createJob, {
  async handle({ context, body, token, by, request, reply }) {
    const { ledger } = context
    const environment = 'environment' in body ? body.environment : null
    requireReach(token, 'deploy', { app: body.app, environment })
    const idempotency = readIdempotency(request.headers['idempotency-key'], token.id, body)
    const replay = idempotency && (await findReplay(ledger, { by, idempotency }))
    const job = replay ?? (await record(context, { request: body, token, by, idempotency }))
    return reply
      .code(202)
      .header('location', `/v1/jobs/${job.id}`)
      .send(await viewJob(ledger, job))
  },
})

async function record(
  { ledger, config }: ApiContext,
  { request, token, ...rest }: { request: JobRequest; token: TokenRecord; by: By; idempotency: Idempotency },
): Promise<Job> {
  const app = await getApp(ledger, request.app)
  if (!app) throw notFound()
  const facts = readFacts(ledger, app.app)
  const admission = await admit(facts, app, request, {
    by: 'person',
    canSee: (place) => canSee(token, place),
  })
  if ('refusal' in admission) throw admission.refusal
  const named = request.kind === 'build' ? request.registry : undefined
  // As with the registry of a spec: who administers the server says what on private networks may be asked.
  const vouches = named !== undefined && isServerWide(token) && grants(token.role, 'administer')
  const vouched = [...(await listVouchedHosts(ledger)), ...(vouches ? locateRegistry(named).places : [])]
  const closed = await refuseClosedRegistry(facts, admission.job.resolved, { ...config, vouched })
  if (closed) throw closed
  if (vouches) await vouchForRegistry(ledger, named)
  return (await enqueueJob(ledger, { job: admission.job, ...rest })).job
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
