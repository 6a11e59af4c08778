import { z } from 'zod'
import { areEqual, isStandardSigned } from '../signature.ts'
import { ignore, type Provider, readHeader, type WebhookContent } from '../webhook.ts'
import { readChangedFiles } from './changed-files.ts'
import { address, commitHash, isNothing, listGiven, notReadable, readMovedRef, refName } from './shapes.ts'

const project = z.object({ git_http_url: address, git_ssh_url: address, web_url: address })

/** `checkout_sha` is the commit where `after` may be an annotated tag; both say nothing when the ref is gone. */
const push = z.object({
  ref: refName,
  after: z.string(),
  checkout_sha: z.string().nullish(),
  before: z.unknown().optional(),
  commits: z.unknown().optional(),
  /** Twenty are listed at most. */
  total_commits_count: z.unknown().optional(),
  project,
})

const mergeRequest = z.object({
  project,
  object_attributes: z.object({
    action: z.string().optional(),
    iid: z.int().min(1),
    /** Present when an update brought new commits. */
    oldrev: z.string().optional(),
    last_commit: z.object({ id: commitHash }),
    source_project_id: z.int(),
    target_project_id: z.int(),
  }),
})

/** https://docs.gitlab.com/user/project/integrations/webhook_events/ */
export const gitlab: Provider = {
  name: 'gitlab',
  marks: ['x-gitlab-event', 'x-gitlab-token'],
  alsoSends: ['webhook-signature'],
  signsBodyAlone: false,
  isSigned(webhook, secret) {
    if (webhook.headers['webhook-signature'] !== undefined) return isStandardSigned(webhook, secret)
    return areEqual(readHeader(webhook.headers, 'x-gitlab-token') ?? '', secret)
  },
  /** Of a signed one the id that is signed with it. */
  readId: (headers) =>
    headers['webhook-signature'] === undefined
      ? (readHeader(headers, 'idempotency-key') ?? readHeader(headers, 'x-gitlab-event-uuid'))
      : readHeader(headers, 'webhook-id'),
  read(headers, payload) {
    const event = readHeader(headers, 'x-gitlab-event')
    if (event === 'Push Hook' || event === 'Tag Push Hook') return readPush(payload)
    if (event === 'Merge Request Hook') return readMergeRequest(payload)
    return ignore(`nothing is done on the event ${event?.slice(0, 50) ?? '(none)'}`)
  },
}

function readPush(payload: unknown): WebhookContent {
  const parsed = push.safeParse(payload)
  if (!parsed.success) return ignore(notReadable)
  const { ref, after, checkout_sha, project, before, commits, total_commits_count: total = null } = parsed.data
  if (isNothing(after)) return ignore('the ref was deleted')
  const commit = checkout_sha ?? after
  const event = readMovedRef(ref, commit, () => readChangedFiles({ before, commit, commits, total, hidesMoves: true }))
  return event ? { repository: listAddresses(project), events: [event] } : ignore('the ref is no branch or tag')
}

function readMergeRequest(payload: unknown): WebhookContent {
  const parsed = mergeRequest.safeParse(payload)
  if (!parsed.success) return ignore(notReadable)
  const { project, object_attributes: request } = parsed.data
  const changes = request.action === 'open' || request.action === 'reopen' || request.oldrev !== undefined
  if (!changes) return ignore(`nothing is built on the merge request’s ${request.action?.slice(0, 50) ?? 'change'}`)
  const fork = request.source_project_id !== request.target_project_id
  const named = { number: request.iid, ref: `refs/merge-requests/${request.iid}/head` }
  const event = { on: 'pull_request', ...named, fork, commit: request.last_commit.id } as const
  return { repository: listAddresses(project), events: [event] }
}

function listAddresses({ git_http_url, git_ssh_url, web_url }: z.output<typeof project>): string[] {
  return listGiven(git_http_url, git_ssh_url, web_url)
}
