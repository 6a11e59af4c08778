import { createHash, randomBytes } from 'node:crypto'
import type { ImageEngine } from '@stevedore/engine'
import { labelKeys } from '@stevedore/engine'
import type { BuildBehaviour, ImageHarness, SeenImage } from '@stevedore/engine/conformance'
import { baseImage, type TestRegistry } from '@stevedore/testkit'
import { isRunning, type Stage } from './stage.ts'

/** What a test makes is found by it, tagged or not. */
const testLabel = 'io.stevedore.test'

/** A repository of its own on a stage's Docker and a registry. */
export function openImageHarness(stage: Stage, engine: ImageEngine, registry: TestRegistry): ImageHarness {
  const { docker } = stage
  const repository = `${registry.host}/acme/${randomBytes(4).toString('hex')}`
  // A process is told from all others by how long it sleeps.
  const seconds = `5${randomBytes(3).readUIntBE(0, 3)}`
  const dockerfiles = describeDockerfiles(`${repository}:missing`, seconds)
  const own = { [testLabel]: repository }
  const listLabelled = async (key: string, value: string) =>
    (await docker.listImages({ filters: { label: [`${key}=${value}`] } })).map(({ Id }) => Id)
  return {
    engine,
    repository,
    makeBuild(behaviour, more) {
      const build = stage.describeBuild({ Dockerfile: dockerfiles[behaviour] })
      const tags = build.tags.map((tag) => tag.replace(stage.repository, repository))
      const reach = { ...build.reach, registries: [registry.host] }
      return { ...build, reach, target: 'production', tags, ...more, labels: { ...own, ...more?.labels } }
    },
    findImage: (reference) => findImage(stage, reference),
    readFile: (imageId, path) => stage.runInImage(imageId, 'cat', path),
    async describeImage(imageId) {
      const image = docker.getImage(imageId)
      return JSON.stringify([await image.history(), await image.inspect()])
    },
    listImagesOf: (jobId) => listLabelled(labelKeys.job, jobId),
    leaveHalfBuilt: (jobId) => commitUntagged(stage, { ...own, [labelKeys.job]: jobId }),
    isStepRunning: async () => isRunning(`sleep\0${seconds}`),
    readDigest: (tag) => readDigest(registry, tag),
    async cleanup() {
      // One after the other: an image goes with the last that was made from it.
      for (const id of await listLabelled(testLabel, repository))
        await docker.getImage(id).remove({ force: true }).catch(ignoreAbsent)
    },
  }
}

async function commitUntagged({ docker }: Stage, labels: Record<string, string>): Promise<string> {
  const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${value}`)
  const container = await docker.createContainer({ Image: baseImage })
  try {
    return (await container.commit({ changes: changes.join('\n') })).Id
  } finally {
    await container.remove({ force: true })
  }
}

function describeDockerfiles(missingImage: string, seconds: string): Record<BuildBehaviour, string> {
  const makeProduction = (...lines: string[]) => [`FROM ${baseImage} AS production`, ...lines].join('\n')
  return {
    plain: [
      `FROM ${baseImage} AS base\nARG NOTE\nRUN echo "$NOTE" > /note`,
      'FROM base AS production\nFROM base AS other\nRUN exit 1',
    ].join('\n'),
    fails: makeProduction('RUN echo the reason; exit 7'),
    endless: makeProduction(`RUN echo sleeping && sleep ${seconds}`),
    'missing-base': `FROM ${missingImage} AS production`,
    'missing-target': `FROM ${baseImage} AS other\nFROM other AS another`,
    'one-stage': `FROM ${baseImage}\nARG NOTE\nRUN echo "$NOTE" > /note`,
    address: makeProduction('ADD http://127.0.0.1:1/file /'),
    secret: makeProduction('RUN --mount=type=secret,id=TOKEN wc -c < /run/secrets/TOKEN > /length'),
  }
}

async function findImage({ docker }: Stage, reference: string): Promise<SeenImage | undefined> {
  try {
    const { Id, Size, Config } = await docker.getImage(reference).inspect()
    return { imageId: Id, size: Size, labels: Config.Labels }
  } catch (error) {
    return ignoreAbsent(error)
  }
}

function ignoreAbsent(error: unknown): undefined {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error
}

const mediaTypes = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json'

/** Of the manifest's own bytes, whatever the registry claims. */
async function readDigest({ host }: TestRegistry, tag: string): Promise<string | undefined> {
  const [, name, version] = /^[^/]+\/(.+):([^:]+)$/.exec(tag) ?? []
  const answer = await fetch(`http://${host}/v2/${name}/manifests/${version}`, { headers: { accept: mediaTypes } })
  const bytes = Buffer.from(await answer.arrayBuffer())
  if (answer.status === 404) return undefined
  if (!answer.ok) throw new Error(`the registry answered ${answer.status}: ${bytes}`)
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
