import { ProblemError, suggest } from '@stevedore/contract'

/** An image that there is. */
type Built = { version: string }

/** A refusal with the version that may have been meant, and those that there are. */
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
