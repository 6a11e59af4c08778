import type { DeliveredEvent } from '@stevedore/contract'
import { z } from 'zod'
import { ignore, type WebhookContent } from '../webhook.ts'
import {
  address,
  commitHash,
  isNothing,
  listGiven,
  namesNoFiles,
  notReadable,
  readMovedRef,
  refName,
} from './shapes.ts'

const repository = z.object({
  links: z.object({ clone: z.array(z.object({ href: address })).max(10) }),
})

const refsChanged = z.object({
  repository,
  changes: z.array(z.object({ ref: z.object({ id: refName }), toHash: z.string() })).max(100),
})

const pullRequest = z.object({
  pullRequest: z.object({
    id: z.int().min(1),
    fromRef: z.object({ latestCommit: commitHash, repository: z.object({ id: z.int() }) }),
    toRef: z.object({ repository: repository.extend({ id: z.int() }) }),
  }),
})

/** https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html */
export function readServer(event: string, payload: unknown): WebhookContent {
  if (event === 'repo:refs_changed') return readRefs(payload)
  if (event === 'pr:opened' || event === 'pr:from_ref_updated') return readPullRequest(payload)
  return ignore(`nothing is done on the event ${event.slice(0, 50)}`)
}

function readRefs(payload: unknown): WebhookContent {
  const parsed = refsChanged.safeParse(payload)
  if (!parsed.success) return ignore(notReadable)
  const events = parsed.data.changes.flatMap(({ ref, toHash }): DeliveredEvent[] => {
    const event = isNothing(toHash) ? undefined : readMovedRef(ref.id, toHash, namesNoFiles)
    return event ? [event] : []
  })
  return events.length > 0
    ? { repository: listAddresses(parsed.data.repository), events }
    : ignore('the ref was deleted')
}

function readPullRequest(payload: unknown): WebhookContent {
  const parsed = pullRequest.safeParse(payload)
  if (!parsed.success) return ignore(notReadable)
  const { id, fromRef, toRef } = parsed.data.pullRequest
  const fork = fromRef.repository.id !== toRef.repository.id
  const named = { number: id, ref: `refs/pull-requests/${id}/from` }
  const event = { on: 'pull_request', ...named, fork, commit: fromRef.latestCommit } as const
  return { repository: listAddresses(toRef.repository), events: [event] }
}

function listAddresses({ links }: z.output<typeof repository>): string[] {
  return listGiven(...links.clone.map(({ href }) => href))
}
