import { type Draft, readAt, settingPath } from './draft.ts'
import { fieldsOf } from './values.ts'

/** Stands where the digest of an image is not known yet, while a draft is judged. No image has it. */
export const unknownDigest = `sha256:${'0'.repeat(64)}`

/** A companion that is written as a comment alone. */
export interface HeldBack {
  name: string
  /** Without the digest that is missing; undefined where it is known. */
  image: string | undefined
  /** Why no registry told it, where one was asked. */
  fault: string | undefined
  /** The other apps that use it. */
  others: readonly string[]
}

/** The companions that no spec can declare yet: their digest is not known, or their data would be several apps'. */
export function listHeldBack(draft: Draft): HeldBack[] {
  return Object.entries(fieldsOf(readAt(draft.spec, settingPath(draft, 'services')))).flatMap(([name, service]) => {
    const image = String(fieldsOf(service).image)
    const others = draft.sharedWith.get(name) ?? []
    const isUnknown = image.endsWith(`@${unknownDigest}`)
    const bare = isUnknown ? image.slice(0, -`@${unknownDigest}`.length) : undefined
    return isUnknown || others.length > 0 ? [{ name, image: bare, fault: draft.askedInVain.get(name), others }] : []
  })
}

/** What tells the digest of an image. The name was judged: no shell reads anything into it. */
export function describeAsking(image: string): string {
  return `docker buildx imagetools inspect ${image} --format '{{.Manifest.Digest}}'`
}

/** Data of two apps in one companion would be reached by one of them alone. */
export function describeSharing(others: readonly string[]): string {
  return `${others.slice(0, 10).join(', ')} ${others.length === 1 ? 'uses' : 'use'} it as well, and a companion is found by one app alone: declare it where no other needs its data, else run it elsewhere and give each its address`
}
