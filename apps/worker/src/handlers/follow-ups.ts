import { FailureError, type FollowUp, ProblemError } from '@stevedore/contract'
import { findEnvironment, resolveDeploy, resolvePush } from '@stevedore/domain'
import { getEnvironment, listImages, type NewJob } from '@stevedore/ledger'
import type { Run } from '../executor/run.ts'

/** The pipeline's next job, settled now that its image is known. It is recorded with the success of this one or not at all. */
export async function resolveFollowUps(run: Run, version: string): Promise<NewJob[] | undefined> {
  const [next, ...rest] = run.job.next
  if (!next) return undefined
  const { app, specVersion, id } = run.job
  const job =
    next.kind === 'push' ? await resolveNextPush(run, next, version) : await resolveNextDeploy(run, next, version)
  if (!job) return undefined
  return [{ app, specVersion, parentId: id, next: rest, ...job }]
}

type Resolved = Pick<NewJob, 'kind' | 'request' | 'payload' | 'environment' | 'approval' | 'queue'>

async function resolveNextPush(run: Run, next: FollowUp, version: string): Promise<Resolved> {
  const request = { kind: 'push', app: run.job.app, version, ...(next.target && { target: next.target }) } as const
  const images = await listImages(run.worker.ledger, { app: run.job.app, version })
  return { kind: 'push', request, payload: orFail(() => resolvePush(request, images)) }
}

/** A rollback's pin holds against triggers until a person deploys or unpins. */
async function resolveNextDeploy(run: Run, next: FollowUp, version: string): Promise<Resolved | undefined> {
  const { app } = run.job
  const environment = next.environment ?? ''
  const place = await getEnvironment(run.worker.ledger, app, environment)
  if (place?.pinnedBy) {
    run.log(`${environment} is pinned by ${place.pinnedBy}: not deployed`)
    return undefined
  }
  const request = { kind: 'deploy', app, environment, version, ...(next.target && { target: next.target }) } as const
  const images = await listImages(run.worker.ledger, { app, version })
  const settings = orFail(() => findEnvironment(run.spec, environment))
  const payload = orFail(() => resolveDeploy(request, run.spec, images, false))
  return {
    kind: 'deploy',
    environment,
    request,
    payload,
    approval: settings.approval === 'required',
    queue: settings.queue,
  }
}

/** What a rule refuses here was accepted when the pipeline began: the job says which, instead of dropping the rest in silence. */
function orFail<T>(resolve: () => T): T {
  try {
    return resolve()
  } catch (error) {
    if (error instanceof ProblemError)
      throw new FailureError('image-missing', { diagnosis: error.message, cause: error })
    throw error
  }
}
