/** `REGISTRY/NAME:TAG` or `REGISTRY/NAME@sha256:…` in its parts. */
export interface Reference {
  /** With a port where one is given. */
  registry: string
  /** The path inside the registry. */
  name: string
  /** `REGISTRY/NAME`. */
  repository: string
  tag: string | undefined
  digest: string | undefined
}

/** @throws RangeError when the text names no registry, or neither tag nor digest */
export function parseReference(text: string): Reference {
  const [repository = '', digest] = text.split('@')
  const { repository: bare, tag } = digest ? { repository, tag: undefined } : splitReference(repository)
  const slash = bare.indexOf('/')
  if (slash < 1 || digest === '') throw new RangeError(`not REGISTRY/NAME:TAG or REGISTRY/NAME@DIGEST: ${text}`)
  return { registry: bare.slice(0, slash), name: bare.slice(slash + 1), repository: bare, tag, digest }
}

/** A colon before the last slash belongs to the registry's port. */
export function splitReference(reference: string): { repository: string; tag: string } {
  const colon = reference.lastIndexOf(':')
  if (colon <= reference.lastIndexOf('/')) throw new RangeError(`no tag in ${reference}`)
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) }
}
