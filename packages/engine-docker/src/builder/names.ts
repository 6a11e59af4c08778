/**
 * What images are called that go between the engine and the builder. No registry is asked for them: names below `.invalid` lead nowhere.
 */
const root = 'stevedore.invalid'

/** Of a base, by its id on the engine: what its own name means may change while a build begins from it. */
export function nameBase(id: string): string {
  return `${root}/base:${id.replace(/^sha256:/, '')}`
}

/** An image by the name that the builder has it under: a copy keeps no digests, so that one with a digest gets a tag made of it. */
export function nameInBuilder(image: string): string {
  const digest = /@sha256:([0-9a-f]{64})$/.exec(image)?.[1]
  return digest === undefined ? image : `${root}/pinned:${digest}`
}

/** What the tags of images begin with that hold a job's additions. */
export function additionsOf(jobId: string): string {
  return `${root}/additions:${jobId}-`
}

/** What the tags of images begin with that a job has built and not named yet. */
export function builtOf(jobId: string): string {
  return `${root}/built:${jobId}-`
}

/** A name of these in its parts, as Docker's API takes it. */
export function splitName(name: string): { repo: string; tag: string } {
  const colon = name.lastIndexOf(':')
  const hasTag = colon > name.lastIndexOf('/')
  return hasTag ? { repo: name.slice(0, colon), tag: name.slice(colon + 1) } : { repo: name, tag: 'latest' }
}
