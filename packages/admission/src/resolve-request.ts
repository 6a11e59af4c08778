import {
  type AppSpec,
  type DeployRequest,
  defaultTarget,
  type EnvironmentSpec,
  listTargets,
  ProblemError,
  type PushRequest,
  type RequestByKind,
  type ResolvedBuild,
  type ResolvedDeploy,
  type ResolvedPush,
  type ResolvedRollback,
  type RollbackRequest,
  suggest,
} from '@stevedore/contract'
import { chooseRollbackTarget, type RevisionFacts } from '@stevedore/domain'
import { refuseUndeployable } from './describe-images.ts'

/** An image as far as admission needs it. */
export interface ImageFacts {
  version: string
  target: string
  registry: string
  name: string
  /** The registry's digest; null until it is pushed. */
  digest: string | null
}

/** Resolves a build: which targets, from what, into which registry. Throws ProblemError. */
export function resolveBuild(request: RequestByKind['build'], spec: AppSpec, trusted = true): ResolvedBuild {
  const listed = listTargets(spec)
  if (!spec.source.git && !request.upload)
    throw fault(
      'validation-failed',
      ['upload'],
      'the app has no git source: build from a directory, or declare source.git',
    )
  if (request.target && request.target !== 'all' && listed && !listed.includes(request.target))
    throw fault(
      'validation-failed',
      ['target'],
      `${request.target} is not a target of ${spec.app}, which has ${listed.join(', ')}${suggest(request.target, [...listed, 'all'])}`,
    )
  return {
    kind: 'build',
    targets: chooseTargets(request.target, spec),
    ref: request.ref ?? null,
    commit: request.trigger?.commit,
    version: request.version ?? null,
    push: request.push ?? false,
    registry: request.registry ?? spec.image.registry,
    noCache: request.noCache ?? false,
    upload: request.upload ?? null,
    cacheScope: trusted ? `${spec.app}-trusted` : `${spec.app}-untrusted`,
    trusted,
  }
}

/** null: the Dockerfile's last stage, where neither the request nor the spec names any. */
function chooseTargets(wanted: string | undefined, spec: AppSpec): string[] | null {
  const listed = listTargets(spec)
  if (wanted === 'all') return listed ?? null
  if (wanted) return [wanted]
  return listed || spec.build.default ? [defaultTarget(spec)] : null
}

/** Resolves a push: the built images of a version. @param images those of the app, newest first */
export function resolvePush(request: PushRequest, images: readonly ImageFacts[]): ResolvedPush {
  const chosen = images.filter(
    (image) => matches(image, request) && (!request.target || image.target === request.target),
  )
  if (chosen.length === 0)
    throw new ProblemError(
      'no-such-image',
      `nothing was built of ${request.app} as ${request.version ?? request.image}${request.target ? ` for target ${request.target}` : ''}`,
    )
  return { kind: 'push', images: chosen.map(({ version, target }) => ({ version, target })) }
}

function matches(image: ImageFacts, request: PushRequest): boolean {
  if (request.version) return image.version === request.version
  return `${image.registry}/${image.name}:${image.version}-${image.target}` === request.image
}

/**
 * Resolves a deploy: the exact image by digest. Without version or image it is the newest pushed image of the default target.
 * @param images those of the app, newest first
 */
export function resolveDeploy(
  request: DeployRequest,
  spec: AppSpec,
  images: readonly ImageFacts[],
  byPerson = true,
): ResolvedDeploy {
  const common = {
    kind: 'deploy',
    dryRun: request.dryRun ?? false,
    strategy: request.strategy ?? null,
    byPerson,
  } as const
  if (request.image) return { ...common, ...adoptImage(request.image, spec, images) }
  const isNamed = Boolean(spec.build.targets || spec.build.default)
  const target = request.target ?? (isNamed ? defaultTarget(spec) : undefined)
  const candidates = images.filter(
    (image) => (!target || image.target === target) && (!request.version || image.version === request.version),
  )
  const chosen = candidates.find((image) => image.digest !== null)
  if (chosen) return { ...common, image: pin(chosen), version: chosen.version, target: chosen.target }
  throw refuseUndeployable({ app: spec.app, version: request.version, target }, candidates[0])
}

/** An image given by digest must be one of this app's repository: its spec says which it may run. */
function adoptImage(
  image: string,
  spec: AppSpec,
  images: readonly ImageFacts[],
): { image: string; version: string; target: string | null } {
  const [repository, digest] = image.split('@') as [string, string]
  const known = images.find(
    (candidate) => candidate.digest === digest && `${candidate.registry}/${candidate.name}` === repository,
  )
  if (known) return { image, version: known.version, target: known.target }
  if (repository !== `${spec.image.registry}/${spec.image.name}`)
    throw fault(
      'policy-violation',
      ['image'],
      `${spec.app} runs images of ${spec.image.registry}/${spec.image.name} only`,
    )
  return { image, version: digest.slice(7, 19), target: null }
}

function pin(image: ImageFacts): string {
  return `${image.registry}/${image.name}@${image.digest}`
}

/** Resolves a rollback. Throws ProblemError `no-previous-release` or `not-found` before anything changes. */
export function resolveRollback<R extends RevisionFacts & { version: string }>(
  request: RollbackRequest,
  revisions: readonly R[],
  current: number | null,
): ResolvedRollback {
  const target = chooseRollbackTarget(revisions, current, request.toRevision)
  if ('found' in target)
    return {
      kind: 'rollback',
      toRevision: target.found.number,
      image: target.found.image,
      version: target.found.version,
    }
  throw new ProblemError(target.refused === 'already-there' ? 'conflict' : target.refused, target.reason)
}

/** The settings of an environment of the spec, or the refusal that names those there are. */
export function findEnvironment(spec: AppSpec, name: string): EnvironmentSpec {
  const found = Object.hasOwn(spec.environments, name) ? spec.environments[name] : undefined
  if (found) return found
  throw new ProblemError('not-found', `${spec.app} has no environment named ${name}${describeEnvironments(spec, name)}`)
}

function describeEnvironments({ environments }: AppSpec, name: string): string {
  const names = Object.keys(environments)
  return suggest(name, names) || (names.length > 0 ? `; it has ${names.join(', ')}` : '')
}

function fault(code: 'validation-failed' | 'policy-violation', path: string[], message: string): ProblemError {
  return new ProblemError(code, message, { faults: [{ path, code, message }] })
}
