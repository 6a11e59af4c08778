import { z } from 'zod'
import { ignore, type WebhookContent } from '../webhook.ts'
import { readChangedFiles } from './changed-files.ts'
import { address, commitHash, isNothing, listGiven, notReadable, readMovedRef, refName } from './shapes.ts'

const repository = z.object({ clone_url: address, ssh_url: address, html_url: address })

/** `after` of a tag with a message is the tag's own hash; `head_commit` is the commit that it stands for. */
const push = z.object({
  ref: refName,
  after: z.string(),
  head_commit: z.object({ id: commitHash }).nullish().catch(null),
  before: z.unknown().optional(),
  forced: z.unknown().optional(),
  commits: z.unknown().optional(),
  total_commits: z.unknown().optional(),
  repository,
})

const repo = z.object({ id: z.int() }).nullable()
const pullRequest = z.object({
  action: z.string(),
  number: z.int().min(1),
  pull_request: z.object({ head: z.object({ sha: commitHash, repo }), base: z.object({ repo }) }),
  repository,
})

const changing = ['opened', 'reopened', 'synchronize', 'synchronized']

interface Form {
  /** Gitea and Forgejo list the newest five commits of a push and say how many there are; before Gitea 1.18 they did not say it. */
  countsCommits: boolean
}

/** Reads what GitHub sends, and Gitea and Forgejo in the same form. */
export function readGithubForm(event: string | undefined, payload: unknown, form: Form): WebhookContent {
  if (event === 'push') return readPush(payload, form)
  if (event === 'pull_request' || event === 'pull_request_sync') return readPullRequest(payload)
  return ignore(`nothing is done on the event ${event?.slice(0, 50) ?? '(none)'}`)
}

function readPush(payload: unknown, { countsCommits }: Form): WebhookContent {
  const parsed = push.safeParse(payload)
  if (!parsed.success) return ignore(notReadable)
  const { ref, after, head_commit, repository, total_commits, ...told } = parsed.data
  if (isNothing(after)) return ignore('the ref was deleted')
  const commit = ref.startsWith('refs/tags/') ? (head_commit?.id ?? after) : after
  const total = countsCommits ? (total_commits ?? null) : undefined
  const event = readMovedRef(ref, commit, () => readChangedFiles({ ...told, commit, total }))
  return event ? { repository: listAddresses(repository), events: [event] } : ignore('the ref is no branch or tag')
}

/** A fork is told by the ids of the repositories: names can be made to look alike. */
function readPullRequest(payload: unknown): WebhookContent {
  const parsed = pullRequest.safeParse(payload)
  if (!parsed.success) return ignore(notReadable)
  const { action, number, pull_request, repository } = parsed.data
  if (!changing.includes(action)) return ignore(`nothing is built when a pull request is ${action.slice(0, 50)}`)
  const { head, base } = pull_request
  const fork = head.repo === null || head.repo.id !== base.repo?.id
  const event = { on: 'pull_request', number, ref: `refs/pull/${number}/head`, fork, commit: head.sha } as const
  return { repository: listAddresses(repository), events: [event] }
}

function listAddresses({ clone_url, ssh_url, html_url }: z.output<typeof repository>): string[] {
  return listGiven(clone_url, ssh_url, html_url)
}
