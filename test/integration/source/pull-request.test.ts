import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkOutGit } from '@stevedore/source'
import { createRepository, gitComponent, lacks, type TestRepository } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const limits = { maxBytes: 10 * 2 ** 20, maxFiles: 100, timeoutMs: 30_000 }

describe.skipIf(lacks(gitComponent))('the head of a pull request, which is on no branch', () => {
  let repository: TestRepository
  let dir: string
  let proposed: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'stevedore-pull-'))
    repository = createRepository()
    const main = repository.commit({ 'file.txt': 'main' })
    proposed = repository.commit({ 'file.txt': 'proposed' })
    repository.git('update-ref', 'refs/pull/7/head', proposed)
    repository.git('reset', '--quiet', '--hard', main)
  })
  afterAll(async () => {
    repository?.remove()
    await rm(dir, { recursive: true, force: true })
  })

  const checkOut = (ref: string, commit?: string) => {
    const rules = { allowedHosts: [], allowFile: true }
    return checkOutGit({
      url: repository.url,
      ref,
      commit,
      dir,
      limits,
      ...rules,
      signal: AbortSignal.timeout(30_000),
      log() {},
    })
  }

  test('is checked out by its full name', async () => {
    expect(await checkOut('refs/pull/7/head')).toMatchObject({ commit: proposed })
    expect(await readFile(join(dir, 'file.txt'), 'utf8')).toBe('proposed')
  })

  test('is checked out again after a push to it, and another commit is not', async () => {
    const next = repository.git('commit-tree', '-p', proposed, '-m', 'next', `${proposed}^{tree}`)
    const stray = repository.git('commit-tree', '-m', 'stray', `${proposed}^{tree}`)
    repository.git('update-ref', 'refs/pull/9/head', next)
    expect(await checkOut('refs/pull/9/head', proposed)).toMatchObject({ commit: proposed })
    await expect(checkOut('refs/pull/9/head', stray)).rejects.toMatchObject({ code: 'commit-not-in-ref' })
  })

  test('is not by its commit alone, and no other ref that is no branch or tag is taken by its full name', async () => {
    await expect(checkOut(proposed)).rejects.toMatchObject({ code: 'commit-not-in-ref' })
    await expect(checkOut('refs/pull/8/head')).rejects.toMatchObject({ code: 'ref-not-found' })
    repository.git('update-ref', 'refs/notes/x', proposed)
    await expect(checkOut('refs/notes/x')).rejects.toMatchObject({ code: 'ref-not-found' })
  })
})
