import { version } from '@stevedore/contract'

const longest = 63

/**
 * The version that a name of git's stands for: a tag, or what `git describe` says. What a tag of an image may not hold becomes a dash; of a
 * longer name the end is kept, where the number and the commit stand. undefined where nothing is left that could be a version.
 */
export function deriveVersion(name: string): string | undefined {
  const text = name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(-longest)
    .replace(/^[.-]+/, '')
  return version.safeParse(text).success ? text : undefined
}
