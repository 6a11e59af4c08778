import { openContext } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import {
  baseImage,
  busyboxComponent,
  dockerComponent,
  ensureBaseImage,
  lacks,
  registryComponent,
  startRegistry,
  type TestRegistry,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nearRegistries, openStage } from './stage.ts'

const health = ['HEALTHCHECK --timeout=7s CMD ["wget", "-q", "localhost:8080"]']

describe.skipIf(lacks(dockerComponent, busyboxComponent, registryComponent))('how an image means to be run', () => {
  const stage = openStage()
  const engine = createDockerImageEngine(nearRegistries)
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await startRegistry()
    await ensureBaseImage(stage.docker)
  })
  afterAll(() => registry.stop())

  const build = async (...lines: string[]) => {
    const described = stage.describeBuild({ Dockerfile: [`FROM ${baseImage}`, ...lines].join('\n') })
    const [tag = ''] = described.tags.map((one) => one.replace('stevedore.test', `${registry.host}/acme`))
    const { imageId } = await engine.build({ ...described, tags: [tag] }, openContext())
    return { tag, imageId }
  }
  const read = (reference: string) => engine.readConfig(reference, undefined, openContext())

  test('the engine says it, and knows the numbers of names', async () => {
    const accounts = `RUN printf 'svc:x:4242:77::/:\\ntoor:x:0:0::/:\\n' >> /etc/passwd && echo 'staff:x:90:' >> /etc/group`
    const wanted = { group: undefined, health: undefined, ports: [] }
    const cases = [
      ['USER svc', { user: 4242 }],
      ['USER svc:staff', { user: 4242, group: 90 }],
      ['USER toor', { user: 0 }],
      ['USER 1001:0', { user: 1001, group: 0 }],
      ['USER nobody-has-it', { user: 'nobody-has-it' }],
      ['ENV A=1', { user: 0 }],
      ['EXPOSE 8080 53/udp', { user: 0, ports: [8080] }],
      [health[0]!, { user: 0, health: { command: ['wget', '-q', 'localhost:8080'], timeoutMs: 7_000 } }],
    ] as const
    for (const [line, config] of cases) {
      const { imageId } = await build(accounts, line)
      expect({ line, ...(await read(imageId)) }).toEqual({ line, ...wanted, ...config })
    }
  })

  test('the registry says it where the engine has no such image, and a name brings it', async () => {
    const { tag, imageId } = await build('USER app', 'EXPOSE 9000/tcp', ...health)
    const { digest } = await engine.push({ tags: [tag], imageId, credential: undefined }, openContext())
    const pinned = `${tag.slice(0, tag.lastIndexOf(':'))}@${digest}`
    await engine.remove([tag, pinned], AbortSignal.timeout(60_000))
    expect(await read(pinned)).toMatchObject({ user: 1000, health: { timeoutMs: 7_000 }, ports: [9000] })
    expect(await read(pinned.replace(/[0-9a-f]{64}$/, 'e'.repeat(64)))).toBeUndefined()
    const numbered = await build('USER 1001', ...health)
    const pushed = await engine.push(
      { tags: [numbered.tag], imageId: numbered.imageId, credential: undefined },
      openContext(),
    )
    const other = `${numbered.tag.slice(0, numbered.tag.lastIndexOf(':'))}@${pushed.digest}`
    await engine.remove([numbered.tag, other], AbortSignal.timeout(60_000))
    expect(await read(other)).toMatchObject({ user: 1001, group: undefined })
    expect(
      await stage.docker
        .getImage(other)
        .inspect()
        .catch(() => 'not brought'),
    ).toBe('not brought')
    await engine.remove([pinned], AbortSignal.timeout(60_000))
  })
})
