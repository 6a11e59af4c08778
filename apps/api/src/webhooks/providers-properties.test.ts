import { isRefName } from '@stevedore/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bitbucket } from './providers/bitbucket.ts'
import { generic } from './providers/generic.ts'
import { gitea } from './providers/gitea.ts'
import { github } from './providers/github.ts'
import { gitlab } from './providers/gitlab.ts'
import { isSameRepository } from './same-repository.ts'

/* What holds of the readers of forges' payloads: whoever has a hook's secret, or a forge's own form for it, says what it likes. */
const commit = 'c'.repeat(40)
const address = 'https://git.example.com/acme/shop.git'
const text = fc.oneof(
  fc.constantFrom(
    commit,
    '0'.repeat(40),
    'main',
    'refs/heads/main',
    'refs/heads/-x',
    'refs/heads/a;b',
    'refs/tags/v1',
    'opened',
  ),
  fc.constantFrom('open', 'update', 'branch', 'tag', 'refs/heads/a..b', 'refs/pull/1/head', address, 'x'.repeat(3_000)),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const leaf = fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) })
const keys = [
  ...[
    'ref',
    'after',
    'before',
    'checkout_sha',
    'commit',
    'repository',
    'project',
    'clone_url',
    'ssh_url',
    'html_url',
    'git_http_url',
  ],
  ...[
    'head_commit',
    'id',
    'action',
    'number',
    'pull_request',
    'head',
    'base',
    'sha',
    'repo',
    'object_attributes',
    'iid',
    'last_commit',
  ],
  ...[
    'push',
    'changes',
    'new',
    'old',
    'type',
    'name',
    'target',
    'hash',
    'links',
    'clone',
    'href',
    'toHash',
    'fromHash',
    'pullrequest',
  ],
  ...[
    'source',
    'destination',
    'branch',
    'uuid',
    'source_project_id',
    'target_project_id',
    'pullRequest',
    'fromRef',
    'toRef',
    'latestCommit',
  ],
]
const { payload } = fc.letrec((tie) => ({
  payload: fc.oneof(
    { depthSize: 'medium', maxDepth: 5 },
    leaf,
    fc.dictionary(fc.constantFrom(...keys), tie('payload'), { maxKeys: 12 }),
    fc.array(tie('payload'), { maxLength: 3 }),
  ),
}))

/** Each as it comes from its forge, with one member replaced by anything. */
const head = { sha: commit, repo: { id: 1 } }
const repository = {
  clone_url: address,
  uuid: '{1}',
  id: 1,
  links: { html: { href: address }, clone: [{ href: address }] },
}
const samples: Record<string, [event: string, payload: object][]> = {
  'x-github-event': [
    ['push', { ref: 'refs/heads/main', after: commit, repository, head_commit: { id: commit } }],
    ['pull_request', { action: 'opened', number: 7, pull_request: { head, base: head }, repository }],
  ],
  'x-gitlab-event': [
    ['Push Hook', { ref: 'refs/heads/main', after: commit, checkout_sha: commit, project: { git_http_url: address } }],
    [
      'Merge Request Hook',
      {
        project: { git_http_url: address },
        object_attributes: {
          action: 'open',
          iid: 3,
          last_commit: { id: commit },
          source_project_id: 2,
          target_project_id: 1,
        },
      },
    ],
  ],
  'x-event-key': [
    [
      'repo:push',
      { repository, push: { changes: [{ new: { type: 'branch', name: 'main', target: { hash: commit } } }] } },
    ],
    ['repo:refs_changed', { repository, changes: [{ ref: { id: 'refs/heads/main' }, toHash: commit }] }],
  ],
  none: [['', { repository: address, ref: 'refs/heads/main', commit }]],
}

function listPaths(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => listPaths(inner, [...path, key]))]
}

function replaceAt(value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) return replacement
  const copy = structuredClone(value) as Record<string, unknown>
  copy[key] = replaceAt(copy[key], rest, replacement)
  return copy
}

const spoilt = (own: object) =>
  fc.tuple(fc.constantFrom(...listPaths(own)), leaf).map(([path, value]) => replaceAt(own, path, value))

describe.each([
  [github, 'x-github-event'],
  [gitea, 'x-gitea-event'],
  [gitlab, 'x-gitlab-event'],
  [bitbucket, 'x-event-key'],
  [generic, 'none'],
] as const)('$name', (provider, header) => {
  const own = samples[header === 'x-gitea-event' ? 'x-github-event' : header] ?? []
  const said = fc.oneof(
    ...own.map(([event, example]) =>
      fc.record({ event: fc.constant(event), payload: fc.oneof(payload, spoilt(example)) }),
    ),
    fc.record({ event: text, payload }),
  )

  test('reads its own', () => {
    for (const [event, example] of own)
      expect(provider.read({ [header]: event }, example).events, event).toHaveLength(1)
  })

  test('whatever a payload says, it is events of refs and commits that are some, or ignored with a reason', () => {
    fc.assert(
      fc.property(said, (one) => {
        const { repository: told, events, ignored } = provider.read({ [header]: one.event }, one.payload)
        expect(events.length > 0 || ignored !== undefined).toBe(true)
        for (const each of told) expect(each.length).toBeLessThanOrEqual(2_000)
        for (const event of events) {
          if ('commit' in event && event.commit !== undefined) expect(event.commit).toMatch(/^[0-9a-f]{7,64}$/)
          const name =
            event.on === 'push'
              ? `refs/heads/${event.branch}`
              : event.on === 'tag'
                ? `refs/tags/${event.tag}`
                : undefined
          if (name !== undefined) expect(isRefName(name), name).toBe(true)
        }
      }),
      { numRuns: 400 },
    )
  })
})

test('an address is of the repository that it is of, and of none when it cannot be read', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.webUrl()), fc.oneof(text, fc.webUrl()), (a, b) => {
      expect(isSameRepository(a, b)).toBe(isSameRepository(b, a))
      expect(isSameRepository(address, a)).toBe(a === address)
    }),
  )
})
