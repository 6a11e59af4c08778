import { FailureError, maskAddresses } from '@stevedore/contract'
import type { ImagePush, PushedImage, RegistryCredential, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { createLayerProgress } from '../client/layer-progress.ts'
import { type EngineMessage, readMessages } from '../client/messages.ts'
import { parseReference, type Reference } from '../client/registry/reference.ts'
import type { RegistryClient } from '../client/registry/registry.ts'
import { reportRises } from '../client/rising-progress.ts'
import { callEngine, recognizeFailure } from '../failure/translate.ts'
import { findImageId } from './tag.ts'

interface PushTools {
  docker: Docker
  registry: RegistryClient
}

/**
 * Pushes each tag and reads back from the registry what it holds now. The engine sends only the layers that the registry lacks, so that
 * a second push of the same image resumes the first.
 */
export async function pushImage(tools: PushTools, push: ImagePush, context: WorkContext): Promise<PushedImage> {
  const [own, ...moving] = push.tags
  if (!own) throw new FailureError('image-missing', { diagnosis: 'the image has no tag to push' })
  const shareOf = (index: number): WorkContext => ({
    ...context,
    progress: reportRises((fraction) => context.progress((index + fraction) / push.tags.length)),
  })
  const digest = await pushTag(tools, own, push, shareOf(0))
  for (const [index, tag] of moving.entries()) {
    const other = await pushMovingTag(tools, tag, push, shareOf(index + 1))
    if (other && other !== digest)
      throw new FailureError('digest-mismatch', { diagnosis: `its tags became ${digest} and ${other}` })
  }
  context.progress(1)
  return { digest }
}

/** A tag that a later build has taken, before or meanwhile, stays with that build's image. */
async function pushMovingTag(
  tools: PushTools,
  tag: string,
  push: ImagePush,
  context: WorkContext,
): Promise<string | undefined> {
  try {
    return await pushTag(tools, tag, push, context)
  } catch (error) {
    context.signal.throwIfAborted()
    if ((await findImageId(tools.docker, tag)) === push.imageId) throw error
    context.log(`${tag} belongs to a later build and is left to it`)
    return undefined
  }
}

async function pushTag(
  { docker, registry }: PushTools,
  tag: string,
  { imageId, credential }: ImagePush,
  context: WorkContext,
): Promise<string> {
  const reference = parseReference(tag)
  await checkTag(docker, tag, imageId)
  await registry.checkPush(reference, credential, context.signal)
  await context.fence()
  const pushed = await sendTag(docker, reference, credential, context).catch(async (error: unknown) => {
    // The engine keeps the registry's Retry-After to itself: asking the registry once more brings it.
    if (error instanceof FailureError && error.code === 'registry-throttled')
      await registry.checkPush(reference, credential, context.signal)
    throw error
  })
  const manifest = await registry.readManifest(reference, credential, context.signal)
  if (!manifest) throw new FailureError('digest-mismatch', { diagnosis: `the registry has no ${tag} after the push` })
  if (pushed && pushed !== manifest.digest)
    throw new FailureError('digest-mismatch', { diagnosis: `${tag} was pushed as ${pushed} and is ${manifest.digest}` })
  if (manifest.configDigest !== imageId && manifest.digest !== imageId)
    throw new FailureError('digest-mismatch', { diagnosis: `${tag} at the registry is not the image ${imageId}` })
  context.log(`${tag} is ${manifest.digest}`)
  return manifest.digest
}

async function checkTag(docker: Docker, tag: string, imageId: string): Promise<void> {
  const found = await findImageId(docker, tag)
  if (found === undefined) throw new FailureError('image-missing', { diagnosis: `the engine has no ${tag}` })
  if (found !== imageId)
    throw new FailureError('digest-mismatch', { diagnosis: `${tag} is ${found} on the engine, not ${imageId}` })
}

/** Gives the digest that the engine reports, where it does. */
async function sendTag(
  docker: Docker,
  { registry, repository, tag }: Reference,
  credential: RegistryCredential | undefined,
  context: WorkContext,
): Promise<string | undefined> {
  const { signal } = context
  const authconfig = { username: '', password: '', ...credential, serveraddress: registry }
  const start = () => docker.getImage(repository).push({ tag, authconfig, abortSignal: signal })
  const stream = await callEngine(start, 'registry-refused', signal)
  return await callEngine(() => followPush(stream, context), 'engine-unreachable', signal)
}

async function followPush(stream: NodeJS.ReadableStream, context: WorkContext): Promise<string | undefined> {
  const layers = createLayerProgress()
  let digest: string | undefined
  for await (const message of readMessages(stream, context.signal)) {
    if (message.error) throw toPushError(message)
    digest = message.aux?.Digest ?? digest
    const line = layers.take(message)
    if (line) context.log(line)
    context.progress(layers.fraction())
  }
  return digest
}

function toPushError({ error = '', errorDetail }: EngineMessage): FailureError {
  const said = maskAddresses(errorDetail?.message ?? error)
  return new FailureError(recognizeFailure(said) ?? 'registry-refused', { diagnosis: said })
}
