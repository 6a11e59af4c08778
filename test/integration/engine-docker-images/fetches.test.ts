import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openJob } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import { baseImage, busyboxComponent, dockerComponent, ensureBaseImage, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openStage, openTestBuilder, type Stage } from './stage.ts'

/** What a builder fetches by itself, it fetches on the network of the engine's machine: this one listens there. */
describe.skipIf(lacks(dockerComponent, busyboxComponent)).each([
  ['BuildKit', () => ({})],
  ['the classic builder', () => ({ clients: [] })],
  ['BuildKit in a container', (stage: Stage) => ({ builder: openTestBuilder(stage.docker) })],
])('what a build with %s would fetch', (_name, chooseOptions) => {
  const stage = openStage()
  const engine = createDockerImageEngine(chooseOptions(stage))
  const requests: string[] = []
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    answer(request, response)
  })
  let port = 0
  beforeAll(async () => {
    await ensureBaseImage(stage.docker)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  beforeEach(() => {
    requests.length = 0
    answer = (_request, response) => response.end('found')
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const reach = {
    addresses: true,
    foreign: [] as string[],
    frontends: [] as string[],
    registries: [],
    allowedHosts: [] as string[],
    maxBytes: 2 ** 20,
  }
  const run = (dockerfile: string, more: Partial<typeof reach> = {}, files = {}) =>
    engine.build(
      stage.describeBuild(
        { Dockerfile: dockerfile.replaceAll('PORT', String(port)), ...files },
        { reach: { ...reach, ...more } },
      ),
      openJob(),
    )
  const vouched = { allowedHosts: ['127.0.0.1'] }

  test.each([
    `FROM ${baseImage}\nADD http://127.0.0.1:PORT/a /`,
    `FROM ${baseImage}\nARG HOST=127.0.0.1\nADD http://$HOST:PORT/a /`,
    `FROM ${baseImage}\nADD http://localhost:PORT/a /`,
    `FROM ${baseImage}\nADD http://2130706433:PORT/a /`,
    'FROM 127.0.0.1:PORT/a/b',
    'FROM localhost:PORT/a/b',
    `FROM ${baseImage}\nCOPY --from=127.0.0.1:PORT/a/b:1 /x /`,
    `FROM ${baseImage}\nADD http://127.0.0.1:PORT/a.git#main /a`,
  ])('never reaches the machine itself by %j', async (dockerfile) => {
    await expect(run(dockerfile)).rejects.toMatchObject({
      code: 'address-not-allowed',
      diagnosis: expect.stringMatching(/^line \d of the Dockerfile/),
    })
    expect(requests).toEqual([])
  })

  describe('an image of another app, which the engine has', () => {
    const repository = `localhost/other-${randomUUID()}`
    let id = ''
    beforeAll(async () => {
      const labels = { 'io.stevedore.app': 'other' }
      const tags = [`${repository}:1-production`]
      const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nCOPY a /a`, a: repository }, { tags, labels })
      id = (await engine.build(build, openJob())).imageId
    })
    afterAll(() => engine.remove([`${repository}:1-production`], AbortSignal.timeout(60_000)))

    test.each([
      'FROM IMAGE',
      'FROM IMAGE AS unused\nFROM BASE',
      'ARG WHAT=1-production\nFROM REPOSITORY:$WHAT',
      'FROM BASE\nCOPY --from=IMAGE /a /a',
      'FROM BASE\nRUN --mount=type=bind,from=IMAGE,target=/m true',
      'FROM ID',
      'FROM BASE\nCOPY --from=ID /a /a',
    ])('is not built from by %j', async (dockerfile) => {
      const written = dockerfile
        .replace('IMAGE', `${repository}:1-production`)
        .replace('REPOSITORY', repository)
        .replace('BASE', baseImage)
        .replace('ID', id.slice(7, 19))
      await expect(run(written, { ...vouched, foreign: [repository] })).rejects.toMatchObject({
        code: 'base-not-granted',
        diagnosis: expect.stringMatching(/^line \d of the Dockerfile takes /),
      })
    })

    test('the refusal has the command of a server-wide administrator; with the right to read it, it is built', async () => {
      const dockerfile = `FROM ${repository}:1-production`
      await expect(run(dockerfile, { foreign: [repository] })).rejects.toMatchObject({
        diagnosis: expect.stringContaining(`stevedore grant repository ${repository} --app shop --read`),
      })
      await expect(run(dockerfile, { foreign: [`${repository}-2`] })).resolves.toMatchObject({
        imageId: expect.anything(),
      })
    })
  })

  test('row 66a: never reaches it by a redirect', async () => {
    answer = (_request, response) => response.writeHead(302, { location: `http://[::1]:${port}/b` }).end()
    const built = run(`FROM ${baseImage}\nADD http://127.0.0.1:PORT/a /`, vouched)
    await expect(built).rejects.toMatchObject({ code: 'address-not-allowed' })
    expect(requests).toEqual(['/a'])
  })

  test('is fetched where the operator vouches for it, and built as the Dockerfile says', async () => {
    answer = (request, response) =>
      request.url === '/moved.txt'
        ? response.writeHead(302, { location: '/a.txt' }).end()
        : response.writeHead(200, { 'last-modified': 'Thu, 01 Jan 2015 00:00:00 GMT' }).end(`of ${request.url}`)
    const { imageId } = await run(
      `FROM ${baseImage} AS b\nADD http://127.0.0.1:PORT/a.txt \\\n  http://127.0.0.1:PORT/b.txt /in/\n` +
        'FROM b\nADD --chown=1000 http://127.0.0.1:PORT/moved.txt /kept\nCOPY . /context',
      vouched,
      { '.dockerignore': '*\n!kept.txt', 'kept.txt': 'x' },
    )
    const show = 'cat /in/a.txt /in/b.txt /kept; echo; stat -c "%a %u %y %n" /in/a.txt /kept; find /context -type f'
    expect(await stage.runInImage(imageId, 'sh', '-c', show)).toBe(
      'of /a.txtof /b.txtof /a.txt\n600 0 2015-01-01 00:00:00.000000000 +0000 /in/a.txt\n' +
        '600 1000 2015-01-01 00:00:00.000000000 +0000 /kept\n/context/kept.txt\n',
    )
    const left = await stage.docker.listImages({ filters: { reference: ['stevedore.invalid/additions'] } })
    expect(left.filter(({ RepoTags }) => RepoTags?.length)).toEqual([])
  })

  test.each([
    ['is larger than a source may be', { maxBytes: 3 }, 'repo-too-large'],
    ['is not there', {}, 'build-failed'],
  ])('that %s ends the build', async (what, more, code) => {
    if (what === 'is not there') answer = (_request, response) => response.writeHead(404).end()
    await expect(
      run(`FROM ${baseImage}\nADD http://127.0.0.1:PORT/a /`, { ...vouched, ...more }),
    ).rejects.toMatchObject({
      code,
    })
  })

  test('is no address at all for code that is not trusted, and no registry of anybody’s', async () => {
    const distrust = { ...vouched, addresses: false }
    await expect(run(`FROM ${baseImage}\nRUN id\nADD http://127.0.0.1:PORT/a /`, distrust)).rejects.toMatchObject({
      code: 'address-not-allowed',
      diagnosis: expect.stringMatching(/^line 3 of the Dockerfile, ADD: a build of code that is not trusted/),
    })
    await expect(run('FROM registry.example.com/a/b', { addresses: false })).rejects.toMatchObject({
      code: 'address-not-allowed',
    })
    expect(requests).toEqual([])
  })

  test('is judged in what a base does to those that begin from it', async () => {
    const base = `${stage.repository}:base`
    // A person may push such an image; no build of ours would make it.
    const container = await stage.docker.createContainer({ Image: baseImage })
    await container.commit({ repo: stage.repository, tag: 'base', changes: `ONBUILD ADD http://127.0.0.1:${port}/a /` })
    await container.remove()
    await expect(run(`FROM ${base}`, vouched)).rejects.toMatchObject({ code: 'address-not-allowed' })
    expect(requests).toEqual([])
  })

  test('row 67: leaves a step the network of its container, which is not the machine’s', async () => {
    const built = run(`FROM ${baseImage}\nRUN ! wget -T 2 -q -O - http://127.0.0.1:PORT/a`)
    await expect(built).resolves.toMatchObject({ imageId: expect.any(String) })
    expect(requests).toEqual([])
  })
})
