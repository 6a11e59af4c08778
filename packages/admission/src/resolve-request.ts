import {
  type AppSpec,
  type EnvironmentSpec,
  findStrategyFault,
  imageNameOf,
  imageTags,
  listDefaultTargets,
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
import { type Choice, chooseImage } from './choose-image.ts'
import type { ImageFacts } from './image-facts.ts'
import { describeRegistryNeed } from './registry-need.ts'

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
  const registry = request.registry ?? spec.image.registry ?? null
  if (request.push && registry === null) throw needsRegistry(spec.app, 'there is no registry to push to')
  return {
    kind: 'build',
    targets: chooseTargets(request.target, spec),
    ref: request.ref ?? null,
    commit: request.trigger?.commit,
    version: request.version ?? null,
    push: request.push ?? false,
    registry,
    noCache: request.noCache ?? false,
    upload: request.upload ?? null,
    cacheScope: trusted ? `${spec.app}-trusted` : `${spec.app}-untrusted`,
    trusted,
  }
}

/** null: which of the default targets there is shows the Dockerfile. */
function chooseTargets(wanted: string | undefined, spec: AppSpec): string[] | null {
  const listed = listTargets(spec)
  if (wanted === 'all' && listed) return listed
  if (wanted && wanted !== 'all') return [wanted]
  const targets = listDefaultTargets(spec)
  return targets.length === 1 ? targets : null
}

function needsRegistry(app: string, why: string): ProblemError {
  return new ProblemError('no-registry', `${why}: ${describeRegistryNeed(app)}`)
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
  const fork = chosen.find(({ pullRequest }) => pullRequest === 'fork')
  if (fork)
    throw new ProblemError(
      'policy-violation',
      `${fork.version} of target ${fork.target} was built for a fork’s pull request and goes no further: merge it, and build that`,
    )
  const [kept] = chosen.filter(({ registry }) => registry === null)
  if (kept) throw needsRegistry(request.app, `${kept.version} of target ${kept.target} was built without a registry`)
  return { kind: 'push', images: chosen.map(({ version, target }) => ({ version, target })) }
}

function matches(image: ImageFacts, request: PushRequest): boolean {
  if (request.version) return image.version === request.version
  return imageTags(image.registry, image.name, image.version, image.target)[0] === request.image
}

/** Resolves a deploy: the exact image, by its digest or its id. Throws ProblemError. */
export function resolveDeploy({ byPerson = true, ...choice }: Choice & { byPerson?: boolean }): ResolvedDeploy {
  const { request, spec, settings, images } = choice
  const held = request.strategy && findStrategyFault(settings, request.strategy)
  if (held) throw fault('validation-failed', ['strategy'], held)
  return {
    kind: 'deploy',
    dryRun: request.dryRun ?? false,
    strategy: request.strategy ?? null,
    byPerson,
    ...(request.image ? adoptImage(request.image, spec, images) : chooseImage(choice)),
  }
}

/** An image given by digest must be one of this app's repository: its spec says which it may run. */
function adoptImage(
  image: string,
  spec: AppSpec,
  images: readonly ImageFacts[],
): { image: string; version: string; target: string | null } {
  const [repository, digest = ''] = image.split('@')
  const known = images.find(
    (candidate) => candidate.digest === digest && `${candidate.registry}/${candidate.name}` === repository,
  )
  if (known) return { image, version: known.version, target: known.target }
  const { registry } = spec.image
  const own = registry === undefined ? undefined : `${registry}/${imageNameOf(spec)}`
  if (repository === own) return { image, version: digest.slice(7, 19), target: null }
  const what =
    own === undefined ? 'what was built of it only: its spec names no image.registry' : `images of ${own} only`
  throw fault('policy-violation', ['image'], `${spec.app} runs ${what}`)
}

/** Resolves a rollback. Throws ProblemError `no-previous-release` or `not-found` before anything changes. */
export function resolveRollback<R extends RevisionFacts & { version: string; target: string | null }>(
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
      target: target.found.target,
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
