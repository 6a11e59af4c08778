import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openJob } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import {
  answerGit,
  baseImage,
  busyboxComponent,
  createRepository,
  dockerComponent,
  ensureBaseImage,
  gitComponent,
  lacks,
  type TestRepository,
} from '@stevedore/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openStage } from './stage.ts'

/** Repositories that a Dockerfile adds: a builder's git would follow what nobody judged. */
describe.skipIf(lacks(dockerComponent, busyboxComponent, gitComponent)).each([
  ['BuildKit', {}],
  ['the classic builder', { clients: [] }],
])('a repository that a build with %s adds', (_name, options) => {
  const stage = openStage()
  const engine = createDockerImageEngine(options)
  const requests: string[] = []
  let [shop, part]: TestRepository[] = []
  let first = ''
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    // The folder that both repositories lie in.
    answerGit(join(shop!.dir, '..'), request, response)
  })
  let host = ''
  let home: TestRepository | undefined
  beforeAll(async () => {
    await ensureBaseImage(stage.docker)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    home = createRepository()
    part = createRepository({ dir: join(home.dir, 'part.git') })
    const pinned = part.commit({ 'of-part.txt': 'part' })
    shop = createRepository({ dir: join(home.dir, 'shop.git') })
    first = shop.commit({ 'a.txt': 'one', 'bin/run': 'x', 'docs/b.txt': 'b', away: { link: '/etc' } })
    shop.git('config', 'core.fileMode', 'false')
    shop.git('update-index', '--chmod=+x', 'bin/run')
    shop.commit({ '.gitmodules': `[submodule "p"]\n\tpath = p\n\turl = http://${host}/part.git\n` })
    shop.git('tag', 'v1')
    // Without its folder, which is empty, the next commit would take it out again.
    mkdirSync(join(shop.dir, 'p'))
    shop.git('update-index', '--add', '--cacheinfo', `160000,${pinned},p`)
    shop.commit({ 'a.txt': 'two' })
  })
  beforeEach(() => {
    requests.length = 0
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
    home?.remove()
  })

  const reach = {
    addresses: true,
    foreign: [],
    frontends: [],
    registries: [],
    allowedHosts: ['127.0.0.1'],
    maxBytes: 2 ** 20,
  }
  const run = (lines: string, more: Partial<typeof reach> = {}) =>
    engine.build(
      stage.describeBuild(
        { Dockerfile: `FROM ${baseImage}\n${lines.replaceAll('SHOP', `http://${host}/shop.git`)}` },
        { reach: { ...reach, ...more } },
      ),
      openJob(),
    )

  test('is checked out by us, with its submodules, and built as the Dockerfile says', async () => {
    const { imageId } = await run(
      `ARG REF=v1\nADD SHOP /head\nADD --chown=1000 SHOP#$REF:docs SHOP#${first}:bin /some/\nADD --checksum=${first.slice(0, 12)} SHOP#${first} /pinned/`,
    )
    const show =
      'cat /head/a.txt /head/p/of-part.txt /some/b.txt /pinned/a.txt; echo; ls -A1 /some /pinned; ' +
      'readlink /head/away; stat -c "%a %u %n" /head /head/a.txt /head/bin/run /some/b.txt'
    expect(await stage.runInImage(imageId, 'sh', '-c', show)).toBe(
      'twopartbone\n/pinned:\na.txt\naway\nbin\ndocs\n\n/some:\nb.txt\nrun\n/etc\n' +
        '755 0 /head\n644 0 /head/a.txt\n755 0 /head/bin/run\n644 1000 /some/b.txt\n',
    )
    const left = await stage.docker.listImages({ filters: { reference: ['stevedore.invalid/additions'] } })
    expect(left.filter(({ RepoTags }) => RepoTags?.length)).toEqual([])
  })

  test.each([
    ['SHOP', {}],
    ['https://localhost:1/shop.git', {}],
    ['git@127.0.0.1:shop.git', {}],
    ['ssh://git@10.0.0.5/shop.git', {}],
    ['file:///etc/x.git', reach],
    ['https://169.254.169.254/a.git', { allowedHosts: ['169.254.169.254'] }],
  ])('is judged as every source: %s', async (source, { allowedHosts = [] }: { allowedHosts?: string[] }) => {
    await expect(run(`ADD ${source} /x`, { allowedHosts })).rejects.toMatchObject({
      code: 'address-not-allowed',
      diagnosis: expect.stringMatching(/^line 2 of the Dockerfile/),
    })
    expect(requests).toEqual([])
  })

  test.each([
    ['SHOP#v9', 'ref-not-found', /no branch and no tag is named v9.*main/],
    ['SHOP#v1:src', 'build-failed', /it has no folder src/],
    ['SHOP#v1:../..', 'build-failed', /it has no folder/],
    ['SHOP#v1:away', 'build-failed', /it has no folder away/],
    ['--checksum=0123456 SHOP#v1', 'build-failed', /it is at the commit [0-9a-f]{40}/],
    ['SHOPPING.git', 'source-denied', /./],
  ])('ends the build, with the line: ADD %s', async (source, code, why) => {
    await expect(run(`RUN id\nADD ${source} /x`)).rejects.toMatchObject({
      code,
      diagnosis: expect.stringMatching(new RegExp(`^line 3 of the Dockerfile adds [^]*${why.source}`)),
    })
  })

  test('is bounded as a source is', async () => {
    await expect(run('ADD SHOP /x', { maxBytes: 100 })).rejects.toMatchObject({ code: 'repo-too-large' })
  })

  test('is none at all for code that is not trusted', async () => {
    await expect(run('ADD SHOP /x', { addresses: false })).rejects.toMatchObject({
      code: 'address-not-allowed',
      diagnosis: expect.stringMatching(/^line 2 of the Dockerfile, ADD: a build of code that is not trusted/),
    })
    expect(requests).toEqual([])
  })
})
