import {
  type AppSpec,
  type EnvironmentSpec,
  type JobKind,
  listClaims,
  listSourceFiles,
  ProblemError,
  type Scale,
} from '@stevedore/contract'
import type { Claimant } from './claimants.ts'

/** What is asked for, as far as it matters to what may stand in its way. */
export interface Asked {
  kind: JobKind
  environment?: string | undefined
  /** Of a build. */
  push?: boolean | undefined
  upload?: string | undefined
  /** Of a deploy. */
  remove?: boolean | undefined
  adopt?: boolean | undefined
  restart?: boolean | undefined
  scale?: Scale | undefined
  /** Of a deploy, where they are known. */
  settings?: EnvironmentSpec | undefined
}

/** The secrets of the app as a whole that the work reads and cannot do without. */
export function listAppSecrets({ source, image, build }: AppSpec, asked: Asked, trusted: boolean): string[] {
  const ofSource = readsSource(asked) && source.git !== undefined && !asked.upload ? source.credential : undefined
  const ofRegistry = asked.kind !== 'build' || asked.push ? image.credential : undefined
  const ofBuild = asked.kind === 'build' && trusted ? build.secrets : []
  return [...new Set([ofSource, ...ofBuild, ofRegistry])].filter((name) => name !== undefined)
}

/** A build reads the repository, and so does a deploy that takes its manifests or files from there. */
function readsSource({ kind, settings }: Asked): boolean {
  if (kind === 'build' || !settings) return kind === 'build'
  const hasManifests = settings.engine === 'kubernetes' && settings.manifests !== undefined
  return hasManifests || listSourceFiles(settings).length > 0
}

/** The refusal that names the secrets which are not stored, each with the command that stores it; undefined when none is missing. */
export function refuseMissing(
  app: string,
  { kind, environment }: Asked,
  missing: readonly string[],
): ProblemError | undefined {
  if (missing.length === 0) return undefined
  const what = kind === 'build' || kind === 'push' ? `${kind} of ${app}` : `${kind} of ${app}/${environment}`
  const commands = missing.map((name) => `\`stevedore secret set ${name} --app ${app}\``).join(', ')
  const names = `${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not stored`
  return new ProblemError('secret-missing', `the ${what} needs ${names}: run ${commands}`)
}

/** An environment as it is to be deployed. */
export interface Newcomer {
  app: string
  environment: string
  settings: EnvironmentSpec
}

/**
 * The refusal of ports and host names that are another environment's: of one that runs with them, or of one whose app was declared with
 * them before. What the environment itself runs with is its own whoever declared it.
 * @param canSee what the caller may be told of
 */
export function refuseTaken(
  own: Newcomer,
  claimants: readonly Claimant[],
  canSee: (place: { app: string; environment: string }) => boolean,
): ProblemError | undefined {
  const isOwn = ({ app, environment }: Claimant) => app === own.app && environment === own.environment
  const held = new Set(claimants.filter((one) => isOwn(one) && one.runs).flatMap(listKeys))
  const since = claimants.find((one) => isOwn(one) && one.declaredAt)?.declaredAt
  const isEarlier = ({ app, declaredAt }: Claimant) =>
    app !== own.app && declaredAt !== undefined && (since === undefined || declaredAt < since)
  const others = claimants.filter((one) => !isOwn(one) && (one.runs || isEarlier(one)))
  const taken = listClaims(own.settings).flatMap(({ key, name }) => {
    const holders = others.filter((one) => listKeys(one).includes(key))
    const holder = holders.find(({ runs }) => runs) ?? holders[0]
    return holder && !(held.has(key) && !holder.runs) ? [describeTaken(name, holder, canSee(holder))] : []
  })
  return taken.length === 0 ? undefined : new ProblemError('route-taken', [...new Set(taken)].join('; '))
}

function listKeys({ settings }: Claimant): string[] {
  return listClaims(settings).map(({ key }) => key)
}

/** What the caller may not see is not named. */
function describeTaken(name: string, { app, environment, runs }: Claimant, isSeen: boolean): string {
  if (!isSeen) return `${name} is taken by an environment of another app: choose another`
  const owner = `${name} is ${app}/${environment}'s`
  return runs
    ? `${owner}: choose another or \`stevedore remove ${app} ${environment}\``
    : `${owner}, by the spec of ${app}: choose another, or change that spec and \`stevedore apply\` it`
}
