import { describeImageEngine } from '@stevedore/engine/conformance'
import { createDockerImageEngine } from '@stevedore/engine-docker'
import {
  builderComponent,
  busyboxComponent,
  type Component,
  dockerComponent,
  ensureBaseImage,
  lacks,
  registryComponent,
  startRegistry,
  type TestRegistry,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe } from 'vitest'
import { openImageHarness } from './image-harness.ts'
import { nearRegistries, openStage, openTestBuilder } from './stage.ts'

const missing = lacks(dockerComponent, busyboxComponent, registryComponent)
const buildKitComponent: Component = {
  name: 'Docker client with BuildKit',
  found: !missing && (await createDockerImageEngine().describe(AbortSignal.timeout(60_000))).buildkit,
  bring: 'apt-get install docker-buildx',
}

describe.skipIf(missing)('on Docker', () => {
  const stage = openStage()
  let registry: TestRegistry
  beforeAll(async () => {
    registry = await startRegistry()
    await ensureBaseImage(stage.docker)
  })
  afterAll(() => registry.stop())

  describe.skipIf(lacks(buildKitComponent))('with BuildKit', () => {
    const engine = createDockerImageEngine(nearRegistries)
    describeImageEngine('the Docker engine', { buildkit: true }, async () => openImageHarness(stage, engine, registry))
  })

  describe.skipIf(lacks(buildKitComponent, builderComponent))('with BuildKit in a container', () => {
    const engine = createDockerImageEngine({ ...nearRegistries, builder: openTestBuilder(stage.docker) })
    describeImageEngine('the Docker engine', { buildkit: true }, async () => openImageHarness(stage, engine, registry))
  })

  const classic = createDockerImageEngine({ ...nearRegistries, clients: [] })
  describeImageEngine('the engine’s first builder', { buildkit: false }, async () =>
    openImageHarness(stage, classic, registry),
  )
})
