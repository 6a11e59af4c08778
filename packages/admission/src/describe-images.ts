import { ProblemError, suggest } from '@stevedore/contract'

/** An image that there is. */
type Built = { version: string }

/** What was wanted of an app's images. */
interface Wanted {
  app: string
  version?: string | undefined
  target?: string | undefined
}

/** The refusal of a deploy of what was not built, or built and not pushed, with the command that mends it. */
export function refuseUndeployable({ app, version, target }: Wanted, built: Built | undefined): ProblemError {
  const wanted = `${version ?? 'any version'} of ${app}${target ? `, target ${target},` : ''}`
  const command = built
    ? `push it with \`stevedore push ${app} ${built.version}\``
    : `build it with \`stevedore build ${app} ${target ?? 'all'}${version ? ` --version=${version}` : ''} --push\``
  return new ProblemError('no-such-image', `${wanted} was ${built ? 'built but not pushed' : 'not built'}: ${command}`)
}

/** The same refusal with the version that may have been meant, and those that there are. */
export function addVersions(
  refusal: ProblemError,
  version: string | undefined,
  images: readonly Built[],
): ProblemError {
  const versions = [...new Set(images.map((image) => image.version))]
  if (version === undefined || versions.includes(version) || versions.length === 0) return refusal
  const meant = suggest(version, versions) || `; there is ${versions.slice(0, 5).join(', ')}`
  return new ProblemError(refusal.code, `${refusal.message}${meant}`)
}
