import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import { baseImage, busyboxComponent, dockerComponent, ensureBaseImage, lacks, recordContext } from '@stevedore/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import { isRunning, openStage, pollUntil } from './stage.ts'

const missing = lacks(dockerComponent, busyboxComponent)

/** Both builders keep to the same rules; `clients: []` leaves the classic one. */
describe.skipIf(missing).each([
  ['BuildKit', {}],
  ['the classic builder', { clients: [] }],
])('a build with %s', (name, options) => {
  const stage = openStage()
  const engine = createDockerImageEngine(options)
  const isBuildKit = name === 'BuildKit'
  beforeAll(() => ensureBaseImage(stage.docker))

  async function leftovers(jobId: string): Promise<string[]> {
    const label = [`io.stevedore.job=${jobId}`]
    return (await stage.docker.listImages({ filters: { label } })).map(({ Id }) => Id)
  }

  test('tags, labels and passes arguments as they are', async () => {
    const build = stage.describeBuild(
      {
        Dockerfile: `FROM ${baseImage} AS base\nARG NOTE\nRUN echo "$NOTE" > /note\nFROM base AS production\nFROM base AS other\nRUN exit 1`,
      },
      {
        target: 'production',
        args: { NOTE: 'a; $(id) "b" --x' },
        labels: { 'org.opencontainers.image.title': 'a "shop"' },
      },
    )
    const context = recordContext()
    const { imageId, size } = await engine.build(build, context)
    for (const tag of build.tags) expect((await stage.docker.getImage(tag).inspect()).Id).toBe(imageId)
    const image = await stage.docker.getImage(imageId).inspect()
    expect(image.Config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'a "shop"',
      'io.stevedore.job': context.jobId,
    })
    expect(size).toBe(image.Size)
    expect(await readFromImage(imageId, 'cat', '/note')).toBe('a; $(id) "b" --x\n')
    expect(context.fractions.at(-1)).toBe(1)
    expect(context.fractions).toEqual([...context.fractions].sort((a, b) => a - b))
  })

  async function readFromImage(image: string, ...command: string[]): Promise<string> {
    const container = await stage.docker.createContainer({ Image: image, Cmd: command, Tty: true })
    try {
      const output = await container.attach({ stream: true, stdout: true, stderr: true })
      await container.start()
      let text = ''
      for await (const chunk of output) text += chunk
      return text.replaceAll('\r', '')
    } finally {
      await container.remove({ force: true })
    }
  }

  test('leaves out what .dockerignore names, and keeps links as links', async () => {
    const build = stage.describeBuild({
      Dockerfile: `FROM ${baseImage}\nCOPY . /in`,
      '.dockerignore': 'node_modules\n*.log\n!kept.log\nDockerfile',
      'node_modules/a/index.js': 'x',
      'trace.log': 'x',
      'kept.log': 'x',
      'src/empty': '',
      'src/passwd': { link: '/etc/passwd' },
    })
    const { imageId } = await engine.build(build, recordContext())
    expect((await readFromImage(imageId, 'find', '/in', '-type', 'f')).trim().split('\n').sort()).toEqual([
      '/in/.dockerignore',
      '/in/kept.log',
      '/in/src/empty',
    ])
    expect(await readFromImage(imageId, 'readlink', '/in/src/passwd')).toBe('/etc/passwd\n')
  })

  test('says which step failed, with its exit code and last lines, and leaves nothing', async () => {
    const build = stage.describeBuild(
      { Dockerfile: `FROM ${baseImage}\nRUN echo the reason; exit 7` },
      { tags: [`${stage.repository}:failed`] },
    )
    const context = recordContext()
    await expect(engine.build(build, context)).rejects.toMatchObject({
      code: 'build-failed',
      diagnosis: expect.stringMatching(/code: 7[\s\S]*the reason/),
    })
    await expect(stage.docker.getImage(`${stage.repository}:failed`).inspect()).rejects.toMatchObject({
      statusCode: 404,
    })
    expect(await leftovers(context.jobId)).toEqual([])
  })

  test('a cancel ends the running step within 5 s and leaves nothing tagged', async () => {
    const mark = `5${Math.floor(Math.random() * 1e6)}`
    const build = stage.describeBuild(
      { Dockerfile: `FROM ${baseImage}\nRUN echo sleeping && sleep ${mark}` },
      { tags: [`${stage.repository}:cancelled`] },
    )
    const [stop, reason] = [new AbortController(), new Error('cancelled')]
    const context = recordContext({ signal: stop.signal })
    const built = engine.build(build, context)
    built.catch(() => undefined)
    await context.waitForLine(/(^|\s)sleeping$/)
    expect(await pollUntil(async () => isRunning(`sleep\0${mark}`))).toBe(true)
    stop.abort(reason)
    const since = performance.now()
    await expect(built).rejects.toBe(reason)
    expect(await pollUntil(async () => !isRunning(`sleep\0${mark}`))).toBe(true)
    expect(performance.now() - since).toBeLessThan(5_000)
    await expect(stage.docker.getImage(`${stage.repository}:cancelled`).inspect()).rejects.toMatchObject({
      statusCode: 404,
    })
    expect(await leftovers(context.jobId)).toEqual([])
  })

  test('a cancel between two tags returns the first to what it meant', async () => {
    const first = stage.describeBuild(
      { Dockerfile: `FROM ${baseImage}\nLABEL n=${randomUUID()}` },
      { tags: [`${stage.repository}:a`] },
    )
    const before = await engine.build(first, recordContext())
    const tags = [`${stage.repository}:a`, `${stage.repository}:b`, `${stage.repository}:c`]
    const second = stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nLABEL n=${randomUUID()}` }, { tags })
    const [stop, reason] = [new AbortController(), new Error('cancelled')]
    let fences = 0
    const fence = async () => {
      fences += 1
      if (fences === 4) stop.abort(reason)
    }
    const context = recordContext({ signal: stop.signal, fence })
    await expect(engine.build(second, context)).rejects.toBe(reason)
    expect((await stage.docker.getImage(tags[0]!).inspect()).Id).toBe(before.imageId)
    for (const tag of tags.slice(1))
      await expect(stage.docker.getImage(tag).inspect()).rejects.toMatchObject({ statusCode: 404 })
    expect(await leftovers(context.jobId)).toEqual([])
  })

  test('a lost fence sets no tag', async () => {
    const build = stage.describeBuild(
      { Dockerfile: `FROM ${baseImage}\nLABEL n=${randomUUID()}` },
      { tags: [`${stage.repository}:stale`] },
    )
    let fences = 0
    const fence = async () => {
      fences += 1
      if (fences > 1) throw new Error('stale')
    }
    await expect(engine.build(build, recordContext({ fence }))).rejects.toThrow('stale')
    await expect(stage.docker.getImage(`${stage.repository}:stale`).inspect()).rejects.toMatchObject({
      statusCode: 404,
    })
  })

  test.runIf(!isBuildKit)('ends a build that prints without end', async () => {
    const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN yes ${'x'.repeat(500)}` })
    await expect(engine.build(build, recordContext())).rejects.toMatchObject({ code: 'resource-exceeded' })
  })

  test('cuts a line that has no end', async () => {
    const print = 'head -c 300000 /dev/zero | tr "\\0" x; echo; echo after'
    const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN ${print}` }, { noCache: true })
    const context = recordContext()
    await engine.build(build, context)
    expect(Math.max(...context.lines.map((line) => line.length))).toBeLessThan(20_000)
    expect(context.lines).toContainEqual(expect.stringMatching(/(^|\s)after$/))
  })

  test.each([
    ['dockerfile-missing', { 'other.txt': 'x' }, {}],
    ['path-outside-source', { Dockerfile: { link: '/etc/passwd' } }, {}],
    ['policy-violation', { Dockerfile: `FROM ${baseImage}`, '.dockerignore': { link: '/dev/zero' } }, {}],
    ['target-missing', { Dockerfile: `FROM ${baseImage} AS a` }, { target: 'production' }],
    ['entitlement-denied', { Dockerfile: `FROM ${baseImage}\nRUN --network=host id` }, {}],
    ['entitlement-denied', { Dockerfile: `# syntax=example.com/frontend\nFROM ${baseImage}` }, {}],
    ['entitlement-denied', { Dockerfile: `FROM ${baseImage}` }, { args: { BUILDKIT_SYNTAX: 'example.com/frontend' } }],
    ['build-failed', { Dockerfile: `FROM ${baseImage}\nNONSENSE` }, {}],
    ['registry-unreachable', { Dockerfile: 'FROM 127.0.0.1:1/nobody/listens:1' }, {}],
  ] as const)('answers %s to %j %j', async (code, files, more) => {
    await expect(engine.build(stage.describeBuild(files, more), recordContext())).rejects.toMatchObject({ code })
  })

  test.runIf(isBuildKit)('mounts secrets for the build alone', async () => {
    const value = `s3cret-${randomUUID()}`
    const build = stage.describeBuild(
      { Dockerfile: `FROM ${baseImage}\nRUN --mount=type=secret,id=TOKEN wc -c < /run/secrets/TOKEN > /length` },
      { secrets: { TOKEN: value } },
    )
    const context = recordContext()
    const { imageId } = await engine.build(build, context)
    expect(await readFromImage(imageId, 'cat', '/length')).toBe(`${value.length}\n`)
    const image = stage.docker.getImage(imageId)
    expect(JSON.stringify([await image.history(), await image.inspect(), context.lines])).not.toContain(value)
    expect(readdirSync(`${build.contextDir}/..`).filter((entry) => entry.includes('.build-'))).toEqual([])
  })

  test.runIf(isBuildKit)('keeps the cache mounts of scopes apart', async () => {
    const mount = `--mount=type=cache,id=${stage.repository},target=/c`
    const files = {
      Dockerfile: `FROM ${baseImage}\nARG RUN_NUMBER\nRUN ${mount} cp /c/planted /seen || touch /seen; echo evil > /c/planted`,
    }
    const readPlanted = async (cacheScope: string) => {
      const build = stage.describeBuild(files, { cacheScope, args: { RUN_NUMBER: randomUUID() } })
      return readFromImage((await engine.build(build, recordContext())).imageId, 'cat', '/seen')
    }
    expect([await readPlanted('fork'), await readPlanted('main'), await readPlanted('main')]).toEqual([
      '',
      '',
      'evil\n',
    ])
  })

  test.runIf(!isBuildKit)('says that secrets need BuildKit', async () => {
    const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}` }, { secrets: { TOKEN: 'x' } })
    await expect(engine.build(build, recordContext())).rejects.toMatchObject({ code: 'secrets-need-buildkit' })
  })
})

describe.skipIf(missing)('a build with a memory limit', () => {
  const stage = openStage()
  const engine = createDockerImageEngine({ clients: [], buildMemoryBytes: 32 * 2 ** 20 })
  beforeAll(() => ensureBaseImage(stage.docker))

  test('ends when a step takes more', async () => {
    const build = stage.describeBuild(
      { Dockerfile: `FROM ${baseImage}\nRUN head -c 300m /dev/zero | tail` },
      { noCache: true },
    )
    await expect(engine.build(build, recordContext())).rejects.toMatchObject({ code: 'resource-exceeded' })
  })
})

describe.skipIf(missing)('an engine that is away', () => {
  const stage = openStage()
  const engine = createDockerImageEngine({ host: 'unix:///nowhere/docker.sock' })

  test('is said to be', async () => {
    const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}` })
    await expect(engine.build(build, recordContext())).rejects.toMatchObject({ code: 'engine-unreachable' })
    await expect(engine.describe(AbortSignal.timeout(10_000))).rejects.toMatchObject({ code: 'engine-unreachable' })
  })
})
