import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { openJob } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import { baseImage, busyboxComponent, dockerComponent, ensureBaseImage, lacks } from '@stevedore/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import { openStage, openTestBuilder, type Stage } from './stage.ts'

const missing = lacks(dockerComponent, busyboxComponent)

/** Both builders keep to the same rules; `clients: []` leaves the classic one. */
describe.skipIf(missing).each([
  ['BuildKit', () => ({})],
  ['the classic builder', () => ({ clients: [] })],
  ['BuildKit in a container', (stage: Stage) => ({ builder: openTestBuilder(stage.docker) })],
])('a build with %s', (name, chooseOptions) => {
  const stage = openStage()
  const engine = createDockerImageEngine(chooseOptions(stage))
  const isBuildKit = name.startsWith('BuildKit')
  beforeAll(() => ensureBaseImage(stage.docker))

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
    const { imageId } = await engine.build(build, openJob())
    expect((await stage.runInImage(imageId, 'find', '/in', '-type', 'f')).trim().split('\n').sort()).toEqual([
      '/in/.dockerignore',
      '/in/kept.log',
      '/in/src/empty',
    ])
    expect(await stage.runInImage(imageId, 'readlink', '/in/src/passwd')).toBe('/etc/passwd\n')
  })

  test.each(['COPY dist/app.js /', 'COPY package.json dist/app.js /in/', 'ADD dist /in'])(
    'says what .dockerignore left out when %j fails for it',
    async (line) => {
      const files = { 'dist/app.js': 'x', 'package.json': '{}', '.dockerignore': 'dist\n' }
      const built = engine.build(stage.describeBuild({ Dockerfile: `FROM ${baseImage}\n${line}`, ...files }), openJob())
      await expect(built).rejects.toMatchObject({
        code: 'build-failed',
        diagnosis: expect.stringMatching(/^\.dockerignore leaves out dist/),
      })
    },
  )

  test.runIf(!isBuildKit)('row 68: ends a build that prints without end', async () => {
    const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN yes ${'x'.repeat(500)}` })
    await expect(engine.build(build, openJob())).rejects.toMatchObject({ code: 'resource-exceeded' })
  })

  test('cuts a line that has no end', async () => {
    const print = 'head -c 300000 /dev/zero | tr "\\0" x; echo; echo after'
    const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}\nRUN ${print}` }, { noCache: true })
    const context = openJob()
    await engine.build(build, context)
    expect(Math.max(...context.lines.map((line) => line.length))).toBeLessThan(20_000)
    expect(context.lines).toContainEqual(expect.stringMatching(/(^|\s)after$/))
  })

  test.runIf(isBuildKit)('says what BuildKit left out of the output, in the log and of the image', async () => {
    const files = { Dockerfile: `FROM ${baseImage}\nRUN yes ${'x'.repeat(99)} | head -c 4000000` }
    const warnings = new Set<string>()
    const context = openJob({ warn: (line) => warnings.add(line) })
    await engine.build(stage.describeBuild(files, { noCache: true }), context)
    // How much is left out depends on the engine; the older are stuck by as much, unless they are told to leave it out.
    const isWhole = !context.lines.some((line) => line.includes('[output clipped, log limit'))
    expect([...warnings]).toEqual(isWhole ? [] : [expect.stringMatching(/^lines of a step are missing: .*install\.md/)])
    expect(context.lines.filter((line) => warnings.has(line)).length > 0).toBe(!isWhole)
  })

  test.each([
    ['dockerfile-missing', { 'other.txt': 'x' }, {}],
    ['path-outside-source', { Dockerfile: { link: '/etc/passwd' } }, {}],
    ['policy-violation', { Dockerfile: `FROM ${baseImage}`, '.dockerignore': { link: '/dev/zero' } }, {}],
    ['entitlement-denied', { Dockerfile: `FROM ${baseImage}\nRUN --network=host id` }, {}],
    ['entitlement-denied', { Dockerfile: `# syntax=example.com/frontend\nFROM ${baseImage}` }, {}],
    ['entitlement-denied', { Dockerfile: `FROM ${baseImage}` }, { args: { BUILDKIT_SYNTAX: 'example.com/frontend' } }],
    ['build-failed', { Dockerfile: `FROM ${baseImage}\nNONSENSE` }, {}],
    ['registry-unreachable', { Dockerfile: 'FROM 127.0.0.1:1/nobody/listens:1' }, {}],
    ['base-image-missing', { Dockerfile: 'FROM ../../containers/json?x' }, {}],
  ] as const)('answers %s to %j %j', async (code, files, more) => {
    await expect(engine.build(stage.describeBuild(files, more), openJob())).rejects.toMatchObject({ code })
  })

  test.runIf(isBuildKit)('leaves no file with a secret beside the source', async () => {
    const build = stage.describeBuild(
      { Dockerfile: `FROM ${baseImage}\nRUN --mount=type=secret,id=TOKEN test -s /run/secrets/TOKEN` },
      { secrets: { TOKEN: `s3cret-${randomUUID()}` } },
    )
    await engine.build(build, openJob())
    expect(readdirSync(`${build.contextDir}/..`).filter((entry) => entry.includes('.build-'))).toEqual([])
  })

  test.runIf(isBuildKit)('keeps the cache mounts of scopes apart', async () => {
    const mount = `--mount=type=cache,id=${stage.repository},target=/c`
    const files = {
      Dockerfile: `FROM ${baseImage}\nARG RUN_NUMBER\nRUN ${mount} cp /c/planted /seen || touch /seen; echo evil > /c/planted`,
    }
    const readPlanted = async (cacheScope: string) => {
      const build = stage.describeBuild(files, { cacheScope, args: { RUN_NUMBER: randomUUID() } })
      return stage.runInImage((await engine.build(build, openJob())).imageId, 'cat', '/seen')
    }
    expect([await readPlanted('fork'), await readPlanted('main'), await readPlanted('main')]).toEqual([
      '',
      '',
      'evil\n',
    ])
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
    await expect(engine.build(build, openJob())).rejects.toMatchObject({ code: 'resource-exceeded' })
  })
})

describe.skipIf(missing)('an engine that is away', () => {
  const stage = openStage()
  const engine = createDockerImageEngine({ host: 'unix:///nowhere/docker.sock' })

  test('is said to be', async () => {
    const build = stage.describeBuild({ Dockerfile: `FROM ${baseImage}` })
    await expect(engine.build(build, openJob())).rejects.toMatchObject({ code: 'engine-unreachable' })
    await expect(engine.describe(AbortSignal.timeout(10_000))).rejects.toMatchObject({ code: 'engine-unreachable' })
  })
})
