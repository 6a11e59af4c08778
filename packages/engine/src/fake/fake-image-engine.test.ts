import { randomUUID } from 'node:crypto'
import { describeImageEngine, type ImageHarness } from '../conformance.ts'
import { labelKeys } from '../kit/label-keys.ts'
import { createFakeImageEngine } from './fake-image-engine.ts'
import { addImage, openFakeImageWorld } from './image-world.ts'

for (const buildkit of [true, false])
  describeImageEngine(`the fake ${buildkit ? 'with' : 'without'} BuildKit`, { buildkit }, async () =>
    openHarness(buildkit),
  )

function openHarness(buildkit: boolean): ImageHarness {
  const world = openFakeImageWorld()
  const repository = 'registry.test/acme/shop'
  const find = (reference: string) => world.images.get(world.tags.get(reference) ?? reference)
  return {
    engine: createFakeImageEngine({ buildkit, world }),
    repository,
    makeBuild: (behaviour, { args, ...more } = {}) => {
      const id = randomUUID()
      return {
        app: 'shop',
        contextDir: `/sources/${id}`,
        dockerfile: 'Dockerfile',
        target: 'production',
        tags: [`${repository}:${id}-production`, `${repository}:${id}-latest`],
        labels: {},
        secrets: {},
        noCache: false,
        cacheScope: 'main',
        reach: { addresses: true, foreign: [], frontends: [], registries: [], allowedHosts: [], maxBytes: 2 ** 20 },
        args: { BEHAVIOUR: behaviour, ...args },
        ...more,
      }
    },
    findImage: async (reference) => find(reference),
    readFile: async (imageId, path) => find(imageId)?.files[path] ?? '',
    describeImage: async (imageId) => JSON.stringify(find(imageId)),
    listImagesOf: async (jobId) =>
      [...world.images.values()].filter(({ labels }) => labels[labelKeys.job] === jobId).map(({ imageId }) => imageId),
    leaveHalfBuilt: async (jobId) => addImage(world, { labels: { [labelKeys.job]: jobId }, files: {} }).imageId,
    isStepRunning: async ({ contextDir }) => world.running.has(contextDir),
    readDigest: async (tag) => world.registry.get(tag),
    cleanup: async () => {},
  }
}
