import type { AppSpec, BuildRequest, DeployRequest, JobRequest, RollbackRequest } from '@stevedore/contract'
import { findEnvironment, resolveBuild, resolveDeploy, resolvePush, resolveRollback } from '@stevedore/domain'
import {
  type AppRecord,
  getEnvironment,
  type Ledger,
  listImages,
  listRevisions,
  type NewJob,
  openUpload,
} from '@stevedore/ledger'
import { refuseFaults } from '../parse-input.ts'
import { notFound } from '../refusals.ts'

/** Settles a request against what is there now; throws a ProblemError before anything is kept. */
export async function resolveJob(ledger: Ledger, app: AppRecord, request: JobRequest): Promise<NewJob> {
  const common = { kind: request.kind, app: app.app, specVersion: app.specVersion, request: { ...request } }
  switch (request.kind) {
    case 'build':
      return { ...common, payload: await settleBuild(ledger, app, request) }
    case 'push':
      return { ...common, payload: resolvePush(request, await listImages(ledger, { app: app.app })) }
    case 'deploy':
      return { ...common, ...placeOf(app.spec, request), payload: await settleDeploy(ledger, app, request) }
    case 'rollback':
      return { ...common, ...placeOf(app.spec, request), payload: await settleRollback(ledger, request) }
  }
}

/** Pull requests are built by webhooks, which know whose they are: asked for by name, a fork's would get the app's secrets. */
async function settleBuild(ledger: Ledger, app: AppRecord, request: BuildRequest) {
  if (request.ref?.startsWith('refs/'))
    throw refuseFaults([{ path: ['ref'], code: 'invalid-ref', message: 'a branch, a tag or a full commit' }])
  if (request.upload && !(await openUpload(ledger, { app: app.app, id: request.upload }))) throw notFound()
  return resolveBuild(request, app.spec)
}

/** Where a deploy or rollback stands in line. A dry run changes nothing and a rollback returns to what was approved. */
function placeOf(spec: AppSpec, request: DeployRequest | RollbackRequest) {
  const settings = findEnvironment(spec, request.environment)
  const changes = request.kind === 'deploy' && !request.dryRun
  return {
    environment: request.environment,
    approval: changes && settings.approval === 'required',
    queue: settings.queue,
  }
}

async function settleDeploy(ledger: Ledger, app: AppRecord, request: DeployRequest) {
  return resolveDeploy(request, app.spec, await listImages(ledger, { app: app.app }))
}

async function settleRollback(ledger: Ledger, request: RollbackRequest) {
  const { app, environment } = request
  const [revisions, record] = await Promise.all([
    listRevisions(ledger, { app, environment }),
    getEnvironment(ledger, app, environment),
  ])
  return resolveRollback(request, revisions, record?.currentRevision ?? null)
}
