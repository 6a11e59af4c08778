import { createHash } from 'node:crypto'
import { admit, readFacts } from '@stevedore/admission'
import { grants, type JobRequest, notFound, operations, refuseFaults } from '@stevedore/contract'
import {
  type By,
  enqueueJob,
  findReplay,
  getApp,
  type Job,
  type Ledger,
  type TokenRecord,
  vouchForRegistry,
} from '@stevedore/ledger'
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
    const job = replay ?? (await record(ledger, { request: body, token, by, idempotency }))
    return reply
      .code(202)
      .header('location', `/v1/jobs/${job.id}`)
      .send(await viewJob(ledger, job))
  },
})

async function record(
  ledger: Ledger,
  { request, token, ...rest }: { request: JobRequest; token: TokenRecord; by: By; idempotency: Idempotency },
): Promise<Job> {
  const app = await getApp(ledger, request.app)
  if (!app) throw notFound()
  const admission = await admit(readFacts(ledger, app.app), app, request, {
    by: 'person',
    canSee: (place) => canSee(token, place),
  })
  if ('refusal' in admission) throw admission.refusal
  // As with the registry of a spec: who administers the server says what on private networks may be asked.
  if (request.kind === 'build' && request.registry && isServerWide(token) && grants(token.role, 'administer'))
    await vouchForRegistry(ledger, request.registry)
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
