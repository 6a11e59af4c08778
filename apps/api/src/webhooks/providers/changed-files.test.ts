import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitbucket } from './bitbucket.ts'
import { readChangedFiles, readPaths } from './changed-files.ts'
import { generic } from './generic.ts'
import { gitea } from './gitea.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'

const hash = (letter: string) => letter.repeat(40)
const one = { id: hash('b'), added: ['api/new.ts'], modified: ['web/a.ts'], removed: ['api/old.ts'] }
const told = { before: hash('a'), commit: hash('b'), commits: [one] }

test('it is what the commits added, modified and removed, once each', () => {
  const earlier = { id: hash('c'), added: null, modified: ['web/a.ts'], removed: [] }
  expect(readChangedFiles({ ...told, commits: [earlier, one], total: 2 })).toEqual({
    paths: ['web/a.ts', 'api/new.ts', 'api/old.ts'],
  })
})

const many = (count: number, name = 'f') => Array.from({ length: count }, (_, index) => `${name}${index}`)
test.each<[string, object, RegExp]>([
  ['a new branch', { before: hash('0') }, /new/],
  ['no place before', { before: undefined }, /new/],
  ['a forced push', { forced: true }, /forced/],
  ['no commits', { commits: [] }, /lists no commits/],
  ['no list of commits', { commits: { length: 1 } }, /lists no commits/],
  ['a list that is cut', { total: 21 }, /some of its commits/],
  ['a list that may be cut', { total: null }, /some of its commits/],
  ['a list without what was pushed', { commit: hash('d') }, /not among/],
  ['very many commits', { commits: many(501).map(() => one) }, /more than 500 commits/],
  ['a commit without its files', { commits: [{ id: hash('b') }] }, /lists no changed files/],
  ['one without those that it removed', { commits: [{ ...one, removed: undefined }] }, /lists no changed files/],
  ['an empty commit', { commits: [{ id: hash('b'), added: [], modified: [], removed: [] }] }, /names no changed file/],
  ['a million files', { commits: [{ ...one, added: many(1_000_000) }] }, /more files/],
  ['very many files over several commits', { commits: [one, { ...one, added: many(999) }] }, /more files/],
  ['very long names', { commits: [{ ...one, added: many(30, 'x'.repeat(900)) }] }, /more files/],
  ['a name longer than any', { commits: [{ ...one, added: ['x'.repeat(1_001)] }] }, /cannot be read/],
  ['a way out', { commits: [{ ...one, added: ['api/../../etc'] }] }, /cannot be read/],
  ['a NUL', { commits: [{ ...one, added: ['api\0'] }] }, /cannot be read/],
  ['half a sign', { commits: [{ ...one, added: ['\ud800'] }] }, /cannot be read/],
  ['no text', { commits: [{ ...one, added: [7] }] }, /cannot be read/],
])('%s leaves it unknown', (_what, changes, reason) => {
  expect(readChangedFiles({ ...told, ...changes })).toEqual({ unknown: expect.stringMatching(reason) })
})

test('whatever is told, it is paths that can be kept or a reason', () => {
  const anything = fc.anything({ withNullPrototype: true, withObjectString: true })
  fc.assert(
    fc.property(anything, anything, anything, anything, (before, commits, total, path) => {
      for (const found of [
        readChangedFiles({ ...told, before, commits, total }),
        readChangedFiles({ ...told, commits: [{ ...one, added: path }] }),
        readPaths(path),
      ])
        expect('unknown' in found || JSON.stringify(found.paths).length < 60_000).toBe(true)
    }),
  )
})

const repository = { clone_url: 'https://git.example.com/acme/shop.git' }
const push = { ref: 'refs/heads/main', before: hash('a'), after: hash('b'), commits: [one], repository }
const inPlace = { ...push, commits: [{ id: hash('b'), added: [], modified: ['a'], removed: ['b'] }] }
const project = { git_http_url: repository.clone_url }
const links = { html: { href: repository.clone_url }, clone: [{ href: repository.clone_url }] }
const paths = ['api/new.ts', 'web/a.ts', 'api/old.ts']

test.each([
  ['GitHub', github, { 'x-github-event': 'push' }, { ...push, forced: false }, { paths }],
  ['GitHub, forced', github, { 'x-github-event': 'push' }, { ...push, forced: true }, /forced/],
  ['Gitea', gitea, { 'x-gitea-event': 'push' }, { ...push, total_commits: 1 }, { paths }],
  ['Gitea, of six commits', gitea, { 'x-gitea-event': 'push' }, { ...push, total_commits: 6 }, /some of/],
  ['Gitea before 1.18', gitea, { 'x-gitea-event': 'push' }, push, /some of/],
  [
    'GitLab',
    gitlab,
    { 'x-gitlab-event': 'Push Hook' },
    { ...inPlace, project, total_commits_count: 1 },
    { paths: ['a', 'b'] },
  ],
  [
    'GitLab, a new file',
    gitlab,
    { 'x-gitlab-event': 'Push Hook' },
    { ...push, project, total_commits_count: 1 },
    /moved/,
  ],
  [
    'GitLab, of 21',
    gitlab,
    { 'x-gitlab-event': 'Push Hook' },
    { ...push, project, total_commits_count: 21 },
    /some of/,
  ],
  [
    'Bitbucket Cloud',
    bitbucket,
    { 'x-event-key': 'repo:push' },
    {
      repository: { links },
      push: { changes: [{ new: { type: 'branch', name: 'main', target: { hash: hash('b') } } }] },
    },
    /Bitbucket/,
  ],
  [
    'Bitbucket Data Center',
    bitbucket,
    { 'x-event-key': 'repo:refs_changed' },
    { repository: { links }, changes: [{ ref: { id: 'refs/heads/main' }, toHash: hash('b') }] },
    /Bitbucket/,
  ],
  ['a script', generic, {}, { repository: repository.clone_url, ref: push.ref, commit: hash('b'), paths }, { paths }],
  [
    'a script that says less',
    generic,
    {},
    { repository: repository.clone_url, ref: push.ref, commit: hash('b') },
    /lists no/,
  ],
])('%s', (_name, provider, headers, payload, expected) => {
  const [event] = provider.read(headers, payload).events
  const changed = expected instanceof RegExp ? { unknown: expect.stringMatching(expected) } : expected
  expect(event).toEqual({ on: 'push', branch: 'main', commit: hash('b'), changed })
})
