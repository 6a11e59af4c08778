import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRepository, gitComponent, lacks, type TestRepository } from '@stevedore/testkit'
import { describe, expect, test } from 'vitest'
import { nothing, openStage } from './stage.ts'

describe.skipIf(lacks(gitComponent))('what a repository does not hold itself', () => {
  const stage = openStage()
  const makeRepository = (name: string) => createRepository({ dir: join(stage.home, name) })
  const content = 'x'.repeat(3_000)
  const oid = createHash('sha256').update(content).digest('hex')
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`

  /** `outer` holds `libs/a`, which holds `b`, each by an address relative to its own. */
  function nest(): TestRepository {
    const [outer, a, b] = [makeRepository('outer'), makeRepository('a'), makeRepository('b')]
    const inB = b.commit({ 'b.txt': 'b' })
    const inA = hold(a, { 'a.txt': 'a' }, 'b', inB)
    b.commit({ 'b.txt': 'later' })
    hold(outer, { 'o.txt': 'o' }, 'libs/a', inA, '../a')
    return outer
  }

  function hold(
    parent: TestRepository,
    files: Record<string, string>,
    path: string,
    commit: string,
    url = `../${path}`,
  ) {
    parent.commit({ ...files, '.gitmodules': `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n` })
    parent.git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`)
    parent.git('commit', '--quiet', '--message', `Hold ${path}`)
    return parent.git('rev-parse', 'HEAD')
  }

  test('submodules come at their commits, with their own, where it is asked for', async () => {
    const outer = nest()
    const warnings: string[] = []
    await stage.checkOut({ url: outer.url, ref: 'main', submodules: true, warn: (line) => warnings.push(line) })
    expect(readFileSync(join(stage.dir, 'libs/a/a.txt'), 'utf8')).toBe('a')
    expect(readFileSync(join(stage.dir, 'libs/a/b/b.txt'), 'utf8')).toBe('b')
    expect([existsSync(join(stage.dir, 'libs/a/.git')), warnings]).toEqual([false, []])
    const limits = { maxBytes: 2 ** 20, maxFiles: 6, timeoutMs: 60_000 }
    await expect(stage.checkOut({ url: outer.url, ref: 'main', submodules: true, limits })).rejects.toMatchObject({
      code: 'repo-too-large',
    })
    expect(stage.leftovers()).toEqual(nothing)
  })

  test.each([
    ['https://127.0.0.1/x', 'address-not-allowed'],
    ['https://169.254.169.254/x', 'address-not-allowed'],
    ['../absent', 'source-denied'],
  ])('a submodule at %s is refused by its name', async (url, code) => {
    const outer = makeRepository(`outer-${url.length}`)
    hold(outer, { a: '1' }, 'libs/a', 'a'.repeat(40), url)
    const built = stage.checkOut({ url: outer.url, ref: 'main', submodules: true, allowedHosts: [] })
    await expect(built).rejects.toMatchObject({ code, diagnosis: expect.stringContaining('submodule libs/a') })
    expect(stage.leftovers()).toEqual(nothing)
  })

  test('files of LFS are named when they stay pointers, and come with their content and mode when asked for', async () => {
    const repository = makeRepository('lfs')
    const files = {
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'a/run.bin': pointer,
      note: pointer.slice(1),
    }
    repository.commit(files)
    chmodSync(join(repository.dir, 'a/run.bin'), 0o755)
    repository.commit({})
    const warnings: string[] = []
    const lines: string[] = []
    const request = { url: repository.url, ref: 'main', log: (line: string) => void lines.push(line) }
    await stage.checkOut({ ...request, warn: (line) => warnings.push(line) })
    expect(warnings).toEqual(['1 files are pointers of Git LFS (a/run.bin): source.lfs: true fetches them'])
    expect(lines).toContainEqual(`warning: ${warnings[0]}`)
    await expect(stage.checkOut({ ...request, lfs: true })).rejects.toMatchObject({ code: 'source-denied' })
    const store = join(repository.dir, '.git/lfs/objects', oid.slice(0, 2), oid.slice(2, 4))
    mkdirSync(store, { recursive: true })
    writeFileSync(join(store, oid), content)
    await stage.checkOut({ ...request, lfs: true })
    expect(readFileSync(join(stage.dir, 'a/run.bin'), 'utf8')).toBe(content)
    expect(statSync(join(stage.dir, 'a/run.bin')).mode & 0o777).toBe(0o755)
  })

  test('modes are git’s, whatever the umask', async () => {
    const repository = makeRepository('modes')
    repository.commit({ 'a/run': '#!/bin/sh', 'a/b': 'b' })
    chmodSync(join(repository.dir, 'a/run'), 0o755)
    repository.commit({})
    const before = process.umask(0o077)
    try {
      await stage.checkOut({ url: repository.url, ref: 'main' })
    } finally {
      process.umask(before)
    }
    expect(['a', 'a/run', 'a/b'].map((path) => statSync(join(stage.dir, path)).mode & 0o777)).toEqual([
      0o755, 0o755, 0o644,
    ])
  })
})
