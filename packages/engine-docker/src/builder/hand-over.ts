import type { Readable } from 'node:stream'
import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { bringBase } from '../client/base-images.ts'
import { findImageId } from '../client/images.ts'
import { readMessages } from '../client/messages.ts'
import type { WorkerCredentials } from '../client/registry/credentials.ts'
import { callEngine } from '../failure/translate.ts'

/** Two engines: the one that the images are for, and the builder's. */
export interface Engines {
  docker: Docker
  inner: Docker
}

/**
 * Gives the builder an image that a build takes: it has no sign-ins of its own, and none of this machine's registries. What the engine
 * lacks, it brings first.
 * @throws FailureError `base-image-missing`, `registry-unreachable`, …
 */
export async function handOver(
  { docker, inner }: Engines,
  image: string,
  credentials: WorkerCredentials,
  context: WorkContext,
): Promise<void> {
  if (!(await findImageId(docker, image))) await bringBase(docker, image, credentials, context)
  const id = await findImageId(docker, image)
  if (id === undefined || (await findImageId(inner, image)) === id) return
  if (!(await findImageId(inner, id))) context.log(`handing ${image} to the builder`)
  await copyImage(docker, inner, image, context)
  const local = nameInBuilder(image, id)
  if (local !== image) await callEngine(() => inner.getImage(id).tag(splitLocal(local)))
}

/** By its name, or where that holds a digest, which no copy of an image keeps, by one that is made of its id. */
export function nameInBuilder(image: string, id: string): string {
  return image.includes('@') ? `stevedore.invalid/base:${id.replace(/^sha256:/, '')}` : image
}

function splitLocal(name: string): { repo: string; tag: string } {
  const colon = name.lastIndexOf(':')
  return { repo: name.slice(0, colon), tag: name.slice(colon + 1) }
}

/**
 * Takes a built image out of the builder; its layers stay there for the next build.
 * @returns its id on the engine
 */
export async function takeOut({ docker, inner }: Engines, imageId: string, context: WorkContext): Promise<string> {
  await context.fence()
  await copyImage(inner, docker, imageId, context)
  // What is left of it there weighs nothing: the layers are those of the builder's cache.
  await inner
    .getImage(imageId)
    .remove({ force: true })
    .catch(() => undefined)
  return imageId
}

async function copyImage(from: Docker, to: Docker, image: string, { signal }: WorkContext): Promise<void> {
  const copy = async () => {
    const saved = (await from.getImage(image).get()) as Readable
    const end = () => saved.destroy(signal.reason)
    signal.addEventListener('abort', end, { once: true })
    try {
      const loading = await to.loadImage(saved, { quiet: true })
      for await (const { error } of readMessages(loading, signal)) if (error) throw new Error(error)
    } finally {
      signal.removeEventListener('abort', end)
      saved.destroy()
    }
  }
  await callEngine(copy, 'builder-failed', signal)
}
