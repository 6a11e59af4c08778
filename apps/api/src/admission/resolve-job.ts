import {
  type BuildRequest,
  type DeployRequest,
  type EnvironmentSpec,
  type JobRequest,
  ProblemError,
  type RemovePayload,
  type RollbackRequest,
} from '@stevedore/contract'
import { findEnvironment, resolveBuild, resolveDeploy, resolvePush, resolveRollback } from '@stevedore/domain'
import {
  type AppRecord,
  findDeployed,
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
      if (request.remove) return { ...common, ...(await settleRemoval(ledger, app, request)) }
      return {
        ...common,
        ...placeOf(findEnvironment(app.spec, request.environment), request),
        payload: await settleDeploy(ledger, app, request),
      }
    case 'rollback':
      return {
        ...common,
        ...placeOf(findEnvironment(app.spec, request.environment), request),
        payload: await settleRollback(ledger, request),
      }
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
function placeOf(settings: EnvironmentSpec, request: DeployRequest | RollbackRequest) {
  const changes = request.kind === 'deploy' && !request.dryRun
  return {
    environment: request.environment,
    approval: changes && settings.approval === 'required',
    queue: settings.queue,
  }
}

/** The spec rules as for any deploy; an environment that has left it is ruled by what it was deployed with. */
async function settleRemoval(ledger: Ledger, { spec }: AppRecord, request: DeployRequest) {
  const { app, environment } = request
  const deployed = await findDeployed(ledger, { app, environment })
  const hasLeft = !Object.hasOwn(spec.environments, environment)
  const settings = hasLeft && deployed ? deployed.settings : findEnvironment(spec, environment)
  if (!deployed) throw new ProblemError('conflict', `nothing was ever deployed to ${environment} of ${app}`)
  const payload: RemovePayload = { kind: 'deploy', remove: true }
  return { ...placeOf(settings, request), payload }
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
