import type { DeliveredEvent } from '@stevedore/contract'
import { isRefName } from '@stevedore/contract'
import { z } from 'zod'
import { ignore, type WebhookContent } from '../webhook.ts'
import { address, listGiven, namesNoFiles, notReadable, readMovedRef, refName } from './shapes.ts'

const repository = z.object({ links: z.object({ html: z.object({ href: address }) }) })

const push = z.object({
  repository,
  push: z.object({
    changes: z
      .array(
        z.object({
          new: z.object({ type: z.string(), name: refName, target: z.object({ hash: z.string() }) }).nullable(),
        }),
      )
      .max(100),
  }),
})

const shortHash = z.string().regex(/^[0-9a-f]{12,40}$/)
const side = z.object({
  branch: z.object({ name: refName }),
  commit: z.object({ hash: shortHash }).nullish().catch(null),
  repository: z.object({ uuid: z.string() }).nullable(),
})
const pullRequest = z.object({
  repository,
  pullrequest: z.object({ id: z.int().min(1), source: side, destination: side }),
})

/** https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/ */
export function readCloud(event: string, payload: unknown): WebhookContent {
  if (event === 'repo:push') return readPush(payload)
  if (event === 'pullrequest:created' || event === 'pullrequest:updated') return readPullRequest(payload)
  return ignore(`nothing is done on the event ${event.slice(0, 50) || '(none)'}`)
}

function readPush(payload: unknown): WebhookContent {
  const parsed = push.safeParse(payload)
  if (!parsed.success) return ignore(notReadable)
  const events = parsed.data.push.changes.flatMap(({ new: moved }): DeliveredEvent[] => {
    const kind = moved?.type === 'tag' ? 'tags' : 'heads'
    const event = moved && readMovedRef(`refs/${kind}/${moved.name}`, moved.target.hash, namesNoFiles)
    return event ? [event] : []
  })
  return events.length > 0 ? { repository: listAddresses(parsed.data), events } : ignore('the ref was deleted')
}

/** Cloud has no ref for the pull request of a fork, and gives the commit by its first twelve digits: it is looked for on the branch. */
function readPullRequest(payload: unknown): WebhookContent {
  const parsed = pullRequest.safeParse(payload)
  if (!parsed.success) return ignore(notReadable)
  const { id, source, destination } = parsed.data.pullrequest
  const fork = source.repository === null || source.repository.uuid !== destination.repository?.uuid
  const branch = `refs/heads/${source.branch.name}`
  const ref = !fork && isRefName(branch) ? branch : null
  const event = { on: 'pull_request', number: id, ref, fork, commit: source.commit?.hash } as const
  return { repository: listAddresses(parsed.data), events: [event] }
}

function listAddresses(payload: { repository: z.output<typeof repository> }): string[] {
  return listGiven(payload.repository.links.html.href)
}
