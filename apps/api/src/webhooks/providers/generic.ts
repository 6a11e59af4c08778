import { z } from 'zod'
import { isStandardSigned } from '../signature.ts'
import { ignore, type Provider, readHeader } from '../webhook.ts'
import { commitHash, isNothing, notReadable, readMovedRef, refName } from './shapes.ts'

const moved = z.object({ repository: z.string().max(2_000), ref: refName, commit: commitHash })

/**
 * For forges and scripts that the others do not fit: `{repository, ref: "refs/heads/main", commit}`, signed by the Standard Webhooks
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
    const { repository, ref, commit } = parsed.data
    if (isNothing(commit)) return ignore('the ref was deleted')
    const event = readMovedRef(ref, commit)
    return event ? { repository: [repository], events: [event] } : ignore('the ref is no branch or tag')
  },
}
