import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRepository, gitComponent, lacks } from '@stevedore/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import { nothing, openStage } from './stage.ts'

describe.skipIf(lacks(gitComponent))('a checkout', () => {
  const stage = openStage()
  let repository: ReturnType<typeof createRepository>
  let commits: string[]
  beforeAll(() => {
    repository = createRepository({ dir: join(stage.home, 'repository') })
    commits = [repository.commit({ 'a.txt': 'one', 'bin/run': '#!/bin/sh', out: { link: '/etc/passwd' } })]
    repository.git('tag', '--annotate', 'v1.0.0', '--message', 'one')
    commits.push(repository.commit({ 'a.txt': 'two' }), repository.commit({ 'a.txt': 'three', 'b.txt': '3' }))
    repository.git('branch', 'feature/x', commits[1]!)
    repository.git('tag', 'feature/x', commits[0]!)
  })

  test.each<[string, number]>([
    ['main', 2],
    ['v1.0.0', 0],
    ['refs/heads/feature/x', 1],
    ['refs/tags/feature/x', 0],
  ])('of %s has that commit, and is named as git describe does', async (ref, position) => {
    const found = await stage.checkOut({ url: repository.url, ref })
    const describe = repository.git('describe', '--tags', '--always', commits[position]!)
    expect(found).toEqual({ commit: commits[position], describe })
    expect(readFileSync(join(stage.dir, 'a.txt'), 'utf8')).toBe(['one', 'two', 'three'][position])
  })

  test('of a full commit, at a tip or in between, is of that commit', async () => {
    for (const commit of commits) {
      const found = await stage.checkOut({ url: repository.url, ref: commit })
      expect(found).toEqual({ commit, describe: repository.git('describe', '--tags', '--always', commit) })
    }
  })

  test.each([
    ...['#SIG-38-compose', 'feature/JIRA-1(wip)', 'release,1', 'deadbee', '1a2b3c4', '@acme/web@1.2.3', 'v1+linux'],
    ...['main;id', '$(>/tmp/stevedore-injected)', "it's", '-x', 'änderung', 'a/b.c@d'],
  ])('of the branch %s, by its full name and by its event', async (branch) => {
    const ref = `refs/heads/${branch}`
    repository.git('update-ref', ref, commits[1]!)
    expect(await stage.checkOut({ url: repository.url, ref })).toMatchObject({ commit: commits[1] })
    expect(await stage.checkOut({ url: repository.url, ref, commit: commits[0]! })).toMatchObject({
      commit: commits[0],
    })
    expect(existsSync('/tmp/stevedore-injected')).toBe(false)
    repository.git('update-ref', '-d', ref)
  })

  test('of a name that a branch and a tag share is refused, with the full names of both', async () => {
    await expect(stage.checkOut({ url: repository.url, ref: 'feature/x' })).rejects.toMatchObject({
      code: 'ref-ambiguous',
      diagnosis: 'feature/x is refs/heads/feature/x and refs/tags/feature/x',
    })
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('holds the files and nothing of git, links as links', async () => {
    await stage.checkOut({ url: repository.url, ref: 'main' })
    expect(readdirSync(stage.dir).sort()).toEqual(['a.txt', 'b.txt', 'bin', 'out'])
    expect(readlinkSync(join(stage.dir, 'out'))).toBe('/etc/passwd')
    expect(readdirSync(join(stage.home, 'work'))).toEqual(['checkout'])
  })

  test('of a repository without tags is named by the short commit', async () => {
    const bare = createRepository({ dir: join(stage.home, 'untagged') })
    const commit = bare.commit({ a: '1' })
    expect((await stage.checkOut({ url: bare.url, ref: 'main' })).describe).toBe(commit.slice(0, 7))
  })

  test('works where the server leaves nothing out', async () => {
    const strict = createRepository({ dir: join(stage.home, 'strict') })
    strict.git('config', 'uploadpack.allowFilter', 'false')
    strict.commit({ a: '1' })
    strict.git('tag', 'v2')
    strict.commit({ a: '2' })
    expect((await stage.checkOut({ url: strict.url, ref: 'main' })).describe).toMatch(/^v2-1-g/)
  })

  test('works with SHA-256', async () => {
    const dir = join(stage.home, 'sha256')
    const other = createRepository({ dir, format: 'sha256' })
    const commit = other.commit({ a: '1' })
    expect(commit).toHaveLength(64)
    expect(await stage.checkOut({ url: other.url, ref: 'main' })).toMatchObject({ commit })
  })

  test('of a ref that is not there says so', async () => {
    await expect(stage.checkOut({ url: repository.url, ref: 'mian' })).rejects.toMatchObject({
      code: 'ref-not-found',
      diagnosis: 'no branch and no tag is named mian: there are main, v1.0.0, feature/x',
    })
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('row 47: of a commit that no branch or tag holds is refused, though the server would give it', async () => {
    const stray = repository.git('commit-tree', '-m', 'stray', `${commits[0]}^{tree}`)
    await expect(stage.checkOut({ url: repository.url, ref: stray })).rejects.toMatchObject({
      code: 'commit-not-in-ref',
    })
    await expect(stage.checkOut({ url: repository.url, ref: '0'.repeat(40) })).rejects.toMatchObject({
      code: 'commit-not-in-ref',
    })
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('of a repository that is not there says so', async () => {
    await expect(stage.checkOut({ url: `file://${stage.home}/nope`, ref: 'main' })).rejects.toMatchObject({
      code: 'source-denied',
    })
  })

  test('from a file address is refused where the server does not take them', async () => {
    const refused = stage.checkOut({ url: repository.url, ref: 'main', allowFile: false })
    await expect(refused).rejects.toMatchObject({ code: 'address-not-allowed' })
  })

  test.each(['--upload-pack=touch /tmp/stevedore-injected', '-cprotocol.ext.allow=always', '--', 'main;id', '$(id)'])(
    'of the ref %j finds nothing and runs nothing',
    async (ref) => {
      await expect(stage.checkOut({ url: repository.url, ref })).rejects.toMatchObject({ code: 'ref-not-found' })
      expect(existsSync('/tmp/stevedore-injected')).toBe(false)
    },
  )

  test('stops with the reason of the signal and leaves nothing', async () => {
    const [stop, reason] = [new AbortController(), new Error('cancelled')]
    const log = () => stop.abort(reason)
    await expect(stage.checkOut({ url: repository.url, ref: 'main', signal: stop.signal, log })).rejects.toBe(reason)
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('that takes too long is given up', async () => {
    const limits = { maxBytes: 2 ** 20, maxFiles: 10, timeoutMs: 1 }
    await expect(stage.checkOut({ url: repository.url, ref: 'main', limits })).rejects.toMatchObject({
      code: 'deadline-exceeded',
    })
    expect(stage.leftovers()).toEqual(nothing)
  })
})

describe.skipIf(lacks(gitComponent))('the commit of an event is checked out', () => {
  const stage = openStage()
  let repository: ReturnType<typeof createRepository>
  let first: string
  let second: string
  beforeAll(() => {
    repository = createRepository({ dir: join(stage.home, 'events') })
    first = repository.commit({ f: 'one' })
    repository.git('tag', '--annotate', 'v1', '--message', 'one')
    repository.git('branch', 'v1', first)
    second = repository.commit({ f: 'two' })
  })
  const checkOut = (ref: string, commit: string) => stage.checkOut({ url: repository.url, ref, commit })
  const content = () => readFileSync(join(stage.dir, 'f'), 'utf8')

  test('of a tag, not of the branch of its name', async () => {
    repository.git('branch', '--force', 'v1', second)
    for (const ref of ['refs/tags/v1', 'v1']) expect((await checkOut(ref, first)).commit).toBe(first)
    expect(content()).toBe('one')
  })

  test('of a tag with a message that the forge told by the tag’s own hash', async () => {
    const own = repository.git('rev-parse', 'refs/tags/v1')
    expect(own).not.toBe(first)
    expect(await checkOut('refs/tags/v1', own)).toEqual({ commit: first, describe: 'v1' })
  })

  test('where the ref has moved on, and where it is gone but a branch still has it', async () => {
    expect((await checkOut('refs/heads/main', first)).commit).toBe(first)
    expect((await checkOut('refs/heads/merged-and-deleted', first)).commit).toBe(first)
    expect(content()).toBe('one')
  })

  test('where the forge told the beginning of its hash alone', async () => {
    expect((await checkOut('refs/heads/main', second.slice(0, 12))).commit).toBe(second)
    expect((await checkOut('refs/heads/main', first.slice(0, 12))).commit).toBe(first)
    expect(content()).toBe('one')
  })

  test('or the build says that no ref leads to it any more', async () => {
    const lost = repository.git('commit-tree', '-m', 'pushed over', `${first}^{tree}`)
    for (const commit of [lost, lost.slice(0, 12)])
      await expect(checkOut('refs/heads/main', commit)).rejects.toMatchObject({
        code: 'commit-not-in-ref',
        diagnosis: `refs/heads/main has moved on without it, and no branch and no tag contains ${commit}`,
      })
    expect(stage.leftovers()).toEqual(nothing)
  })
})

describe.skipIf(lacks(gitComponent))('rows 55 and 57: a repository that means harm', () => {
  const stage = openStage()
  const limits = { maxBytes: 2 * 2 ** 20, maxFiles: 100, timeoutMs: 60_000 }
  const makeRepository = (name: string) => createRepository({ dir: join(stage.home, name) })

  test('with too many bytes is refused', async () => {
    const repository = makeRepository('bytes')
    repository.commit({ big: randomBytes(3 * 2 ** 20) })
    await expect(stage.checkOut({ url: repository.url, ref: 'main', limits })).rejects.toMatchObject({
      code: 'repo-too-large',
    })
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('whose files are small on the wire and large on the disk is refused before any is written', async () => {
    const repository = makeRepository('zeros')
    repository.commit({ zeros: Buffer.alloc(20 * 2 ** 20) })
    await expect(stage.checkOut({ url: repository.url, ref: 'main', limits })).rejects.toMatchObject({
      code: 'repo-too-large',
    })
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('whose few objects stand for a million files is refused', async () => {
    const repository = makeRepository('tree-bomb')
    repository.commit({ f: 'x' })
    let tree = repository.git('rev-parse', 'HEAD:f')
    let entry = `100644 blob ${tree}`
    for (let depth = 0; depth < 6; depth += 1) {
      tree = repository.makeTree(Array.from({ length: 10 }, (_, index) => `${entry}\t${index}`))
      entry = `040000 tree ${tree}`
    }
    repository.git('update-ref', 'refs/heads/main', repository.git('commit-tree', '-m', 'bomb', tree))
    await expect(stage.checkOut({ url: repository.url, ref: 'main', limits })).rejects.toMatchObject({
      code: 'repo-too-large',
      diagnosis: expect.stringContaining('100 files'),
    })
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('with submodules gets none of them fetched, and says so', async () => {
    const repository = makeRepository('submodules')
    const inner = repository.commit({
      '.gitmodules': '[submodule "s"]\n\tpath = s\n\turl = ext::sh -c "touch /tmp/stevedore-submodule"\n',
    })
    repository.git('update-index', '--add', '--cacheinfo', `160000,${inner},s`)
    repository.git('commit', '--quiet', '--message', 'with a submodule')
    const lines: string[] = []
    await stage.checkOut({ url: repository.url, ref: 'main', log: (line) => lines.push(line) })
    expect(existsSync('/tmp/stevedore-submodule')).toBe(false)
    expect(readdirSync(join(stage.dir, 's'))).toEqual([])
    expect(lines).toContainEqual(expect.stringContaining('1 submodules are left out'))
  })

  test.each([
    [
      'an option as the address of a submodule',
      '.gitmodules',
      '[submodule "s"]\n\tpath = s\n\turl = --upload-pack=id\n',
    ],
    ['a submodule that climbs', '.gitmodules', '[submodule "../../s"]\n\tpath = s\n\turl = https://example.com/s\n'],
  ])('with %s is refused as a whole', async (_what, path, content) => {
    const repository = makeRepository(`modules-${content.length}`)
    repository.commit({ [path]: content })
    await expect(stage.checkOut({ url: repository.url, ref: 'main' })).rejects.toMatchObject({ code: 'source-denied' })
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('with a folder named .git in its tree is refused', async () => {
    const repository = makeRepository('dot-git')
    const blob = repository.commit({ f: 'x' }) && repository.git('rev-parse', 'HEAD:f')
    const hooks = repository.makeTree([`100755 blob ${blob}\tpost-checkout`])
    const tree = repository.makeTree([`040000 tree ${hooks}\t.GIT`])
    repository.git('update-ref', 'refs/heads/main', repository.git('commit-tree', '-m', 'x', tree))
    await expect(stage.checkOut({ url: repository.url, ref: 'main' })).rejects.toMatchObject({ code: 'source-denied' })
  })

  test('with a link and a folder of one name is refused, and nothing is written through the link', async () => {
    const repository = makeRepository('through-link')
    mkdirSync(join(stage.home, 'target'))
    const blob = repository.commit({ f: 'x' }) && repository.git('rev-parse', 'HEAD:f')
    const link = repository.writeBlob(join(stage.home, 'target'))
    const inner = repository.makeTree([`100644 blob ${blob}\tplanted`])
    const tree = repository.makeTree([`120000 blob ${link}\ta`, `040000 tree ${inner}\ta`])
    repository.git('update-ref', 'refs/heads/main', repository.git('commit-tree', '-m', 'x', tree))
    await expect(stage.checkOut({ url: repository.url, ref: 'main' })).rejects.toMatchObject({ code: 'source-denied' })
    expect(readdirSync(join(stage.home, 'target'))).toEqual([])
  })

  test('with filters and hooks of its own runs neither', async () => {
    const repository = makeRepository('filters')
    repository.commit({ '.gitattributes': '* filter=evil\n', f: 'plain' })
    repository.git('config', 'filter.evil.smudge', 'touch /tmp/stevedore-filter')
    const hook = join(repository.dir, '.git', 'hooks', 'post-checkout')
    mkdirSync(join(repository.dir, '.git', 'hooks'), { recursive: true })
    writeFileSync(hook, '#!/bin/sh\ntouch /tmp/stevedore-hook\n')
    chmodSync(hook, 0o755)
    await stage.checkOut({ url: repository.url, ref: 'main' })
    expect(readFileSync(join(stage.dir, 'f'), 'utf8')).toBe('plain')
    expect([existsSync('/tmp/stevedore-filter'), existsSync('/tmp/stevedore-hook')]).toEqual([false, false])
  })
})
