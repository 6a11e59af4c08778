import {
  type AppSpec,
  type DeployRequest,
  type EnvironmentSpec,
  listDefaultTargets,
  ProblemError,
} from '@stevedore/contract'
import type { ImageFacts } from './image-facts.ts'
import { describeRegistryNeed } from './registry-need.ts'

/** What a deploy of what was built is judged by. */
export interface Choice {
  request: DeployRequest
  spec: AppSpec
  /** Of the environment. */
  settings: EnvironmentSpec
  /** Those of the app, newest first. */
  images: readonly ImageFacts[]
}

/** An image that can run in the environment, and what it runs as. */
export interface ChosenImage {
  image: string
  version: string
  target: string
}

/**
 * The image of a deploy that names none: of the target that is asked for, else of the default one; without a version the newest that can run
 * there. A spec may leave its targets unnamed: then of several none is taken unasked.
 * @throws ProblemError `no-such-image`, `ambiguous-target`, `no-registry`, `policy-violation`
 */
export function chooseImage(choice: Choice): ChosenImage {
  const { request, images } = choice
  const built = images.filter(({ version }) => request.version === undefined || version === request.version)
  const meant = findMeant(choice, built)
  for (const { version, target, ...image } of meant) {
    const runs = findReference(image, choice)
    if (runs !== undefined) return { image: runs, version, target }
  }
  throw meant[0] ? refuseUnfit(choice, meant[0]) : refuseAbsent(choice, built)
}

/**
 * By the registry's digest once it is pushed. By its id an image runs where it was built, on the worker's own engine; there was no push to
 * tell what is meant to run from what was built for a look at a pull request.
 */
function findReference(
  { registry, name, digest, imageId, pullRequest }: Omit<ImageFacts, 'version' | 'target'>,
  { request, settings }: Choice,
): string | undefined {
  if (registry !== null) return digest === null ? undefined : `${registry}/${name}@${digest}`
  if (pullRequest === 'fork' || (pullRequest === 'own' && request.version === undefined)) return undefined
  return settings.engine === 'docker' && settings.hosts === undefined ? imageId : undefined
}

function findMeant(choice: Choice, built: readonly ImageFacts[]): readonly ImageFacts[] {
  const { request, spec } = choice
  const targets = request.target ? [request.target] : listDefaultTargets(spec)
  const ranked = built.filter(({ target }) => targets.includes(target))
  const best = ranked.filter((image) => !ranked.some((other) => isBetter(targets, other, image)))
  if (best.length > 0 || request.target || namesTargets(spec)) return best
  const runnable = built.filter((image) => findReference(image, choice) !== undefined)
  const others = new Set(runnable.map(({ target }) => target))
  if (others.size > 1) throw refuseAmbiguous(request, [...others])
  return runnable.length > 0 ? runnable : built
}

/** Of the same version, by a target that is meant before the other. */
function isBetter(targets: readonly string[], one: ImageFacts, other: ImageFacts): boolean {
  return one.version === other.version && targets.indexOf(one.target) < targets.indexOf(other.target)
}

function namesTargets({ build }: AppSpec): boolean {
  return build.targets !== undefined || build.default !== undefined
}

function refuseAmbiguous({ app, environment, version }: DeployRequest, targets: readonly string[]): ProblemError {
  const listed = targets.toSorted()
  const next = ['stevedore deploy', app, environment, version && `--version=${version}`, `--target=${listed[0]}`]
  return new ProblemError(
    'ambiguous-target',
    `${version ?? 'the newest version'} of ${app} could be ${listed.join(' or ')}, and none of them is the default target: name one, ` +
      `such as \`${next.filter(Boolean).join(' ')}\``,
  )
}

/** What was meant was built, and cannot run there as it is. */
function refuseUnfit({ request: { app, environment }, settings }: Choice, image: ImageFacts): ProblemError {
  const { version, target, registry, pullRequest } = image
  if (registry !== null)
    return new ProblemError(
      'no-such-image',
      `${version} of target ${target} was built but not pushed: \`stevedore push ${app} ${version}\`, or build it again with --push`,
    )
  if (pullRequest !== null) return refusePullRequest(image)
  const where = settings.engine === 'kubernetes' ? 'a cluster' : 'other hosts than the one that it was built on'
  return new ProblemError(
    'no-registry',
    `${version} of target ${target} was built without a registry, and ${environment} runs on ${where}: ${describeRegistryNeed(app)}`,
  )
}

function refusePullRequest({ version, target, pullRequest }: ImageFacts): ProblemError {
  const what = `${version} of target ${target} was built for a`
  const why =
    pullRequest === 'fork'
      ? `${what} fork’s pull request and goes no further: merge it, and build that`
      : `${what} pull request: name it, --version=${version}, if it is meant to run`
  return new ProblemError('policy-violation', why)
}

/** @param built of the version that was asked for, to other targets */
function refuseAbsent({ request, spec }: Choice, built: readonly ImageFacts[]): ProblemError {
  const { app, version } = request
  const target = request.target ?? (namesTargets(spec) ? listDefaultTargets(spec)[0] : undefined)
  const others = [...new Set(built.map((image) => image.target))].toSorted()
  const push = spec.image.registry === undefined ? undefined : '--push'
  const next = ['stevedore build', app, target, version && `--version=${version}`, push].filter(Boolean).join(' ')
  const instead = others.length > 0 ? `; it was built to ${others.join(', ')}: \`--target=${others[0]}\`` : ''
  return new ProblemError(
    'no-such-image',
    `${version ?? 'any version'} of ${app}${target ? `, target ${target},` : ''} was not built: \`${next}\`${instead}`,
  )
}
