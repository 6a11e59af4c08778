import { z } from 'zod'
import { isStandardSigned } from '../signature.ts'
import { ignore, type Provider, readHeader } from '../webhook.ts'
import { readPaths } from './changed-files.ts'
import { commitHash, isNothing, notReadable, readMovedRef, refName } from './shapes.ts'

const moved = z.object({
  repository: z.string().max(2_000),
  ref: refName,
  commit: commitHash,
  paths: z.unknown().optional(),
})

/**
 * For forges and scripts that the others do not fit: `{repository, ref: "refs/heads/main", commit, paths?}`, signed by the Standard Webhooks
 * scheme (https://www.standardwebhooks.com).
 */
export const generic: Provider = {
  name: 'generic',
  marks: ['webhook-signature'],
  signsBodyAlone: false,
  isSigned: isStandardSigned,
  readId: (headers) => readHeader(headers, 'webhook-id'),
  read(_headers, payload) {
    const parsed = moved.safeParse(payload)
    if (!parsed.success) return ignore(notReadable)
    const { repository, ref, commit, paths } = parsed.data
    if (isNothing(commit)) return ignore('the ref was deleted')
    const event = readMovedRef(ref, commit, () => readPaths(paths))
    return event ? { repository: [repository], events: [event] } : ignore('the ref is no branch or tag')
  },
}
