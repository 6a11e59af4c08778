import type { ChangedFiles, DeliveredEvent } from '@stevedore/contract'
import { isRefName } from '@stevedore/contract'
import { z } from 'zod'

/** Payloads carry far more than is read: only these members, each checked, are looked at. */
export const commitHash = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)
/** A repository has several; a forge, or a script in its place, may leave some out. */
export const address = z.string().max(2_000).optional()

/** Longer than any that git takes. */
export const refName = z.string().max(1_100)

export function listGiven(...addresses: z.output<typeof address>[]): string[] {
  return addresses.filter((told) => told !== undefined)
}

export function isNothing(commit: string | null | undefined): boolean {
  return !commit || /^0+$/.test(commit)
}

/**
 * The event of a moved ref: `refs/heads/…` or `refs/tags/…`.
 * @param readChanged what a push to a branch has changed
 */
export function readMovedRef(ref: string, commit: string, readChanged: () => ChangedFiles): DeliveredEvent | undefined {
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? []
  if (!kind || !isRefName(ref) || !commitHash.safeParse(commit).success) return undefined
  return kind === 'heads'
    ? { on: 'push', branch: name, commit, changed: readChanged() }
    : { on: 'tag', tag: name, commit }
}

export const notReadable = 'the payload is not what this event should carry'

/** Of a forge whose messages have no such list. */
export const namesNoFiles = (): ChangedFiles => ({ unknown: 'Bitbucket names no changed files' })
