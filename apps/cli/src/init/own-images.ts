import { isCompanionImage } from './compose/choose-services.ts'
import { deploymentsOf } from './find-manifests.ts'
import { toAppName } from './names.ts'
import type { ManifestObject } from './read-manifests.ts'

/** What an image may be called that a build makes. */
export function nameImages({ name }: { name: string }, project: string): ReadonlySet<string> {
  return new Set([name, toAppName(`${project}-${name}`)])
}

/** Whether pods of an object run an image that is called as one of these. */
export function runsNamed({ containers }: ManifestObject, names: ReadonlySet<string>): boolean {
  return containers.some(({ repository }) => names.has(nameOf(repository)))
}

/** The last part of a repository's name, as an app may be called. */
function nameOf(repository: string): string {
  return repository === '' ? '' : toAppName(repository.split('/').at(-1) ?? '')
}

/**
 * The repositories of manifests that are taken for an app's image: those of its name, else the only one that is no database or the like.
 * Empty where that could be several.
 */
export function chooseRepositories(objects: readonly ManifestObject[], names: ReadonlySet<string>): Set<string> {
  const all = new Set(
    deploymentsOf(objects).flatMap(({ containers }) => containers.map(({ repository }) => repository)),
  )
  const named = [...all].filter((repository) => names.has(nameOf(repository)))
  if (named.length > 0) return new Set(named)
  const others = [...all].filter((repository) => repository !== '' && !isCompanionImage(repository))
  return new Set(others.length === 1 ? others : [])
}

export function runsOneOf({ containers }: ManifestObject, repositories: ReadonlySet<string>): boolean {
  return containers.some(({ repository }) => repositories.has(repository))
}
