import { FailureError } from '@stevedore/contract'
import type { ImageConfig, RegistryCredential, WorkContext } from '@stevedore/engine'
import { parseReference, type RegistryClient } from '@stevedore/source'
import type Docker from 'dockerode'
import { readFile } from '../client/archive.ts'
import { pullImage } from '../client/images.ts'
import type { SignIn } from '../client/registry/credentials.ts'
import { withStopped } from '../client/stopped-container.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { findId, type ImageSettings, readAccount, readHealthcheck, readPorts } from '../spec/image-config.ts'

interface Source {
  docker: Docker
  registry: RegistryClient
  signIn: SignIn
}

/** An image that is to be read, with what its own registry asks for. */
interface WantedImage {
  image: string
  credential: RegistryCredential | undefined
}

/** Reads how an image means to be run: at the engine where that has it, else at its registry. */
export async function readImageConfig(
  source: Source,
  wanted: WantedImage,
  context: WorkContext,
): Promise<ImageConfig | undefined> {
  const settings = (await readLocal(source.docker, wanted.image)) ?? (await readRemote(source, wanted, context.signal))
  if (!settings) return undefined
  const written = readAccount(settings.User)
  const isNamed = typeof written.user === 'string' || typeof written.group === 'string'
  const files = isNamed ? await readAccountFiles(source.docker, wanted, context) : undefined
  const group = findNumber(written.group, files?.group)
  return {
    user: findNumber(written.user, files?.passwd) ?? written.user,
    group,
    health: readHealthcheck(settings),
    ports: readPorts(settings),
  }
}

function findNumber(written: number | string | undefined, text: string | undefined): number | undefined {
  return typeof written === 'string' ? findId(text ?? '', written) : written
}

/** An engine that is away has no say in what the registry knows. */
async function readLocal(docker: Docker, image: string): Promise<ImageSettings | undefined> {
  try {
    const found = await callEngine(() => docker.getImage(image).inspect().catch(ignoreStatus(404)))
    return found?.Config
  } catch (error) {
    if (isAway(error)) return undefined
    throw error
  }
}

async function readRemote(
  { registry, signIn }: Source,
  { image, credential }: WantedImage,
  signal: AbortSignal,
): Promise<ImageSettings | undefined> {
  // An image by its id alone is the engine's own.
  if (!image.includes('/')) return undefined
  const reference = parseReference(image)
  const settings = await registry.readConfig(reference, await signIn(reference.registry, credential), signal)
  return settings as ImageSettings | undefined
}

/** By a container that never starts; undefined where there is no engine to make it. */
async function readAccountFiles(docker: Docker, wanted: WantedImage, context: WorkContext) {
  try {
    await pullImage(docker, wanted, context)
    const spec = { name: `stevedore-look-${context.jobId}`, Image: wanted.image }
    return await withStopped(docker, spec, context, async (container) => ({
      passwd: await readFile(container, '/etc/passwd'),
      group: await readFile(container, '/etc/group'),
    }))
  } catch (error) {
    if (isAway(error)) return undefined
    throw error
  }
}

function isAway(error: unknown): boolean {
  return error instanceof FailureError && error.code === 'engine-unreachable'
}
