import {
  type AppSpec,
  isOwnRef,
  listClaims,
  listLinks,
  listServiceSecrets,
  notFound,
  ProblemError,
  type RecordedRequest,
  type RepositoryEvent,
  type RequestByKind,
  refuseFaults,
} from '@stevedore/contract'
import type { Job, NewJob } from '@stevedore/ledger'
import { addVersions } from './describe-images.ts'
import type { Facts } from './facts.ts'
import { type Asked, listAppSecrets, type Newcomer, refuseMissing, refuseTaken } from './find-lack.ts'
import { findRebind } from './find-rebind.ts'
import { refuseForeign } from './foreign.ts'
import type { ImageFacts } from './image-facts.ts'
import { refuseUnlinked } from './refuse-unlinked.ts'
import { findEnvironment, resolveBuild, resolveDeploy, resolvePush, resolveRollback } from './resolve-request.ts'
import { run } from './run.ts'
import { type DeclaredApp, type Resolved, standing } from './standing.ts'
import { listUsedResources } from './used.ts'
import { adoption, removal, renewal, serviceUpdate } from './variants.ts'

/** Who asks: it decides how far the code is trusted and whether a rollback's pin holds. */
export type Origin =
  /** What `canSee` does not let be seen is not named to the person; absent: nothing is hidden. */
  | { by: 'person'; canSee?: (place: { app: string; environment: string }) => boolean }
  | { by: 'trigger'; event: RepositoryEvent }
  /** The job before it in its pipeline has succeeded. */
  | { by: 'pipeline' }
  /** Its time has come. */
  | { by: 'schedule' }

/** A job to record, or why it is left out. */
export type Admission = { job: NewJob } | { refusal: ProblemError }

/**
 * What a request becomes, judged against what is there now: the one place where trust, pins, approval and a job's standing in its
 * environment's line are decided. Nothing is kept.
 */
export async function admit(
  facts: Facts,
  app: DeclaredApp,
  request: RecordedRequest,
  origin: Origin,
): Promise<Admission> {
  try {
    const obstacle = await findObstacle(facts, app, request, origin)
    if (obstacle) return { refusal: obstacle }
    const resolved = await resolve(facts, app, request, origin)
    const refusal =
      (await findRebind(facts, app, resolved.resolved)) ?? (await findForeignUse(facts, app, resolved, origin))
    return refusal ? { refusal } : { job: { app: app.app, specVersion: app.specVersion, ...resolved } }
  } catch (error) {
    if (error instanceof ProblemError) return { refusal: error }
    throw error
  }
}

/**
 * Why whoever asks may not have this now: a stranger's code goes no further than a build, a rollback's pin holds against triggers and
 * pipelines until a person deploys or unpins, and what would certainly fail for want of a secret, a port or a host name is not begun.
 */
export async function findObstacle(
  facts: Facts,
  app: DeclaredApp,
  asked: Asked,
  origin: Origin,
): Promise<ProblemError | undefined> {
  return (await findBar(facts, asked, origin)) ?? findLack(facts, app, asked, origin)
}

/** What bars it until a person acts, whatever is stored meanwhile. */
export async function findBar(facts: Facts, asked: Asked, origin: Origin): Promise<ProblemError | undefined> {
  if (isOfFork(origin) && asked.kind !== 'build')
    return new ProblemError('policy-violation', 'a fork’s pull request is built without secrets and goes no further')
  return findPin(facts, asked, origin)
}

async function findPin(facts: Facts, { kind, environment }: Asked, origin: Origin): Promise<ProblemError | undefined> {
  if (origin.by === 'person' || kind !== 'deploy' || environment === undefined) return undefined
  const pinnedBy = (await facts.getEnvironment(environment))?.pinnedBy
  if (!pinnedBy) return undefined
  // A forge shows what it is answered to all who look after the repository: who pinned is not for them.
  const who = origin.by === 'pipeline' ? ` of ${pinnedBy}` : ''
  return new ProblemError('conflict', `${environment} is pinned by a rollback${who}`)
}

/** What the declared settings want and the server does not have to give. */
export async function findLack(
  facts: Facts,
  { app, spec }: DeclaredApp,
  asked: Asked,
  origin: Origin,
): Promise<ProblemError | undefined> {
  // What runs has what it needs.
  if (asked.remove || asked.restart || asked.scale) return undefined
  const { kind, environment = '' } = asked
  const settings =
    kind === 'deploy' && Object.hasOwn(spec.environments, environment) ? spec.environments[environment] : undefined
  // It has its secrets already.
  if (asked.adopt) return settings && findTaken(facts, { app, environment, settings }, origin)
  const missing = await facts.listMissing(listAppSecrets(spec, { ...asked, settings }, !isOfFork(origin)))
  if (!settings) return refuseMissing(app, asked, missing)
  const own = await facts.listMissing([...settings.secrets, ...listServiceSecrets(settings)], environment)
  return (
    refuseMissing(app, asked, [...new Set([...missing, ...own])]) ??
    (await findTaken(facts, { app, environment, settings }, origin)) ??
    findUnlinked(facts, { app, environment, settings }, origin)
  )
}

async function findTaken(facts: Facts, own: Newcomer, origin: Origin): Promise<ProblemError | undefined> {
  if (listClaims(own.settings).length === 0) return undefined
  return refuseTaken(own, await facts.listClaimants(), canSeeOf(origin, own.app))
}

async function findUnlinked(facts: Facts, own: Newcomer, origin: Origin): Promise<ProblemError | undefined> {
  if (listLinks(own.settings, own.environment).length === 0) return undefined
  return refuseUnlinked(own, await facts.listClaimants(), canSeeOf(origin, own.app))
}

/** What triggers and pipelines are told, a forge shows to all who look after the repository. */
function canSeeOf(origin: Origin, app: string): (place: { app: string; environment: string }) => boolean {
  return origin.by === 'person' ? (origin.canSee ?? (() => true)) : (place) => place.app === app
}

/** What the work would use that is another app's by now: a spec or a revision may be older than that. A removal only gives back. */
async function findForeignUse(
  facts: Facts,
  app: DeclaredApp,
  work: Pick<Job, 'environment' | 'request' | 'resolved'>,
  origin: Origin,
): Promise<ProblemError | undefined> {
  const denied = await facts.findForeign(await listUsedResources(facts, app, work))
  return refuseForeign(app.app, denied, (owner) => canSeeOf(origin, app.app)({ app: owner, environment: '' }))
}

function isOfFork(origin: Origin): boolean {
  return origin.by === 'trigger' && isFork(origin.event)
}

function isFork(event: RepositoryEvent): boolean {
  return event.on === 'pull_request' && event.fork
}

async function resolve(facts: Facts, app: DeclaredApp, request: RecordedRequest, origin: Origin): Promise<Resolved> {
  switch (request.kind) {
    case 'build':
      await refuseUnknownSource(facts, app.spec, request, origin)
      return { kind: 'build', environment: null, request, resolved: resolveBuild(request, app.spec, !isOfFork(origin)) }
    case 'push':
      return {
        kind: 'push',
        environment: null,
        request,
        resolved: await chooseImages(facts, request.version, (images) => resolvePush(request, images)),
      }
    case 'deploy':
      if (request.remove) return removal(facts, app, request)
      if (request.restart || request.scale) return renewal(facts, app, request)
      if (request.service !== undefined) return serviceUpdate(app, request, request.service)
      return request.adopt ? adoption(app, request) : deploy(facts, app, request, origin)
    case 'rollback':
      return rollback(facts, app, request, origin)
    case 'run':
      return run(facts, app, request, origin.by)
  }
}

/** Pull requests are built by webhooks, which know whose they are: asked for by name, a fork's would get the app's secrets. */
async function refuseUnknownSource(
  facts: Facts,
  { source }: AppSpec,
  request: RequestByKind['build'],
  origin: Origin,
): Promise<void> {
  const ref = request.ref ?? (request.upload ? undefined : source.ref)
  if (origin.by === 'person' && ref !== undefined && !isOwnRef(ref))
    throw refuseFaults([{ path: ['ref'], code: 'invalid-ref', message: 'a branch, a tag or a full commit' }])
  if (request.upload && !(await facts.hasUpload(request.upload))) throw notFound()
}

async function deploy(
  facts: Facts,
  { spec }: DeclaredApp,
  request: RequestByKind['deploy'],
  origin: Origin,
): Promise<Resolved> {
  const { environment } = request
  const settings = findEnvironment(spec, environment)
  const resolved = await chooseImages(facts, request.version, (images) =>
    resolveDeploy({ request, spec, settings, images, byPerson: origin.by === 'person' }),
  )
  return { kind: 'deploy', environment, request, resolved, ...standing(settings, !resolved.dryRun) }
}

/** What is refused for its version is told the versions that there are. */
async function chooseImages<T>(
  facts: Facts,
  version: string | undefined,
  choose: (images: readonly ImageFacts[]) => T,
): Promise<T> {
  try {
    return choose(await facts.listImages(version))
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'no-such-image') throw error
    throw addVersions(error, version, await facts.listImages())
  }
}

async function rollback(
  facts: Facts,
  { app, spec }: DeclaredApp,
  request: RequestByKind['rollback'],
  origin: Origin,
): Promise<Resolved> {
  const { environment } = request
  const settings = findEnvironment(spec, environment)
  const [revisions, record] = await Promise.all([facts.listRevisions(environment), facts.getEnvironment(environment)])
  const resolved = resolveRollback(request, revisions, record?.currentRevision ?? null)
  const lack = await findReturnLack(facts, app, request, { toRevision: resolved.toRevision, origin })
  if (lack) throw lack
  return { kind: 'rollback', environment, request, resolved, ...standing(settings, false) }
}

/** What a revision wants that is returned to. One that is kept warm runs with what it was given. */
async function findReturnLack(
  facts: Facts,
  app: string,
  request: RequestByKind['rollback'],
  { toRevision, origin }: { toRevision: number; origin: Origin },
): Promise<ProblemError | undefined> {
  const { environment } = request
  const [revisions, record] = await Promise.all([facts.listRevisions(environment), facts.getEnvironment(environment)])
  const settings = revisions.find(({ number }) => number === toRevision)?.settings
  if (!settings || record?.warm.some(({ revision }) => revision === toRevision)) return undefined
  const missing = await facts.listMissing([...settings.secrets, ...listServiceSecrets(settings)], environment)
  return (
    refuseMissing(app, request, [...new Set(missing)]) ??
    (await findTaken(facts, { app, environment, settings }, origin)) ??
    findUnlinked(facts, { app, environment, settings }, origin)
  )
}

/**
 * What work that was recorded before lacks now, should it be begun again: it is judged like a new request, but not resolved anew, and by
 * the spec that it was recorded under.
 */
export async function findRetryLack(
  facts: Facts,
  app: DeclaredApp,
  job: Pick<Job, 'environment' | 'request' | 'resolved'>,
  canSee: (place: { app: string; environment: string }) => boolean,
): Promise<ProblemError | undefined> {
  const { request, resolved } = job
  const { trigger } = request
  const origin: Origin = trigger && isFork(trigger) ? { by: 'trigger', event: trigger } : { by: 'person', canSee }
  const lack = await (request.kind === 'rollback' && 'toRevision' in resolved
    ? findReturnLack(facts, app.app, request, { toRevision: resolved.toRevision, origin })
    : findLack(facts, app, request, origin))
  return lack ?? (await findRebind(facts, app, resolved)) ?? findForeignUse(facts, app, job, origin)
}
