import { openJob } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import { busyboxComponent, dockerComponent, ensureBaseImage, lacks } from '@stevedore/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import { openStage } from './stage.ts'

const contextDir = new URL('../../../examples/hello', import.meta.url).pathname

describe.skipIf(lacks(dockerComponent, busyboxComponent))('examples/hello', () => {
  const stage = openStage()
  const engine = createDockerImageEngine()
  beforeAll(() => ensureBaseImage(stage.docker))

  const build = (target: string, args: Record<string, string> = {}) =>
    engine.build({ ...stage.describeBuild({}), contextDir, target, args: { VERSION: '1.2.3', ...args } }, openJob())

  test.each(['base', 'dev-deps', 'prod-deps', 'development', 'production', 'testing', 'security'])(
    'builds its stage %s with nothing to pull',
    async (target) => {
      const { imageId, size } = await build(target)
      expect((await stage.docker.getImage(imageId).inspect()).Size).toBe(size)
    },
  )

  test('runs production as a user without rights', async () => {
    const { imageId } = await build('production')
    expect((await stage.docker.getImage(imageId).inspect()).Config).toMatchObject({ User: '1000', Cmd: ['./serve'] })
  })

  test('refuses a behaviour that it does not know', async () => {
    const failed = build('production', { BEHAVIOUR: 'odd' })
    await expect(failed).rejects.toMatchObject({
      code: 'build-failed',
      diagnosis: expect.stringContaining('no such behaviour: odd'),
    })
  })
})
