import { FailureError, quoteForeign } from '@stevedore/contract'
import type { ImagePush, PushedImage, RegistryCredential, WorkContext } from '@stevedore/engine'
import { type Manifest, parseReference, type Reference, type RegistryClient } from '@stevedore/source'
import type Docker from 'dockerode'
import { findImageId } from '../client/images.ts'
import { type EngineMessage, readMessages } from '../client/messages.ts'
import { createLayerProgress, reportRises } from '../client/progress.ts'
import type { SignIn } from '../client/registry/credentials.ts'
import { callEngine, recognizeFailure } from '../failure/translate.ts'

interface PushTools {
  docker: Docker
  registry: RegistryClient
  signIn: SignIn
}

/**
 * Pushes each tag and reads back from the registry what it holds now. The engine sends only the layers that the registry lacks, so that
 * a second push of the same image resumes the first.
 */
export async function pushImage(tools: PushTools, push: ImagePush, context: WorkContext): Promise<PushedImage> {
  const [own, ...moving] = push.tags
  if (!own) throw new FailureError('image-missing', { diagnosis: 'the image has no tag to push' })
  const signedIn = { ...push, credential: await tools.signIn(parseReference(own).registry, push.credential) }
  const shareOf = (index: number): WorkContext => ({
    ...context,
    progress: reportRises((fraction) => context.progress((index + fraction) / push.tags.length)),
  })
  const digest = await pushTag(tools, own, signedIn, shareOf(0))
  for (const [index, tag] of moving.entries()) {
    const other = await pushMovingTag(tools, tag, signedIn, shareOf(index + 1))
    if (other && other !== digest) throw mismatch(`its tags became ${digest} and ${other}`)
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
  const pushed = await sendTag({ docker, registry }, reference, credential, context)
  const manifest = await registry.readManifest(reference, credential, context.signal)
  const digest = confirmPushed(tag, { imageId, pushed }, manifest)
  context.log(`${tag} is ${digest}`)
  return digest
}

/** @param sent the image and, where the engine said it, the digest that it was pushed as */
function confirmPushed(
  tag: string,
  sent: { imageId: string; pushed: string | undefined },
  manifest: Manifest | undefined,
): string {
  if (!manifest) throw mismatch(`the registry has no ${tag} after the push`)
  const { digest, configDigest } = manifest
  if (sent.pushed && sent.pushed !== digest) throw mismatch(`${tag} was pushed as ${sent.pushed} and is ${digest}`)
  if (configDigest !== sent.imageId && digest !== sent.imageId)
    throw mismatch(`${tag} at the registry is not the image ${sent.imageId}`)
  return digest
}

function mismatch(diagnosis: string): FailureError {
  return new FailureError('digest-mismatch', { diagnosis })
}

async function checkTag(docker: Docker, tag: string, imageId: string): Promise<void> {
  const found = await findImageId(docker, tag)
  if (found === undefined) throw new FailureError('image-missing', { diagnosis: `the engine has no ${tag}` })
  if (found !== imageId) throw mismatch(`${tag} is ${found} on the engine, not ${imageId}`)
}

/** Gives the digest that the engine reports, where it does. */
async function sendTag(
  { docker, registry }: Pick<PushTools, 'docker' | 'registry'>,
  reference: Reference,
  credential: RegistryCredential | undefined,
  context: WorkContext,
): Promise<string | undefined> {
  const { signal } = context
  const authconfig = { username: '', password: '', ...credential, serveraddress: reference.registry }
  const options = { tag: reference.tag, authconfig, abortSignal: signal }
  try {
    const start = () => docker.getImage(reference.repository).push(options)
    const stream = await callEngine(start, 'registry-refused', signal)
    return await callEngine(() => followPush(stream, context), 'engine-unreachable', signal)
  } catch (error) {
    // The engine keeps the registry's Retry-After to itself: asking the registry once more brings it.
    if (error instanceof FailureError && error.code === 'registry-throttled')
      await registry.checkPush(reference, credential, signal)
    throw error
  }
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
  const said = quoteForeign(errorDetail?.message ?? error)
  return new FailureError(recognizeFailure(said) ?? 'registry-refused', { diagnosis: said })
}
