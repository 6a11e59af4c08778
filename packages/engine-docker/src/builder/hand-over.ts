import { randomUUID } from 'node:crypto'
import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { bringBase } from '../client/base-images.ts'
import { findImageId } from '../client/images.ts'
import type { WorkerCredentials } from '../client/registry/credentials.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { copyImage } from './copy-image.ts'
import { builtOf, nameBase, nameInBuilder, splitName } from './names.ts'

/** Two engines: the one that the images are for, and the builder's. */
export interface Engines {
  docker: Docker
  inner: Docker
}

/** An image that a build takes. */
export interface TakenImage {
  /** As the Dockerfile has it. */
  name: string
  /** On the engine, where that is known: what was judged, whatever the name has come to mean. */
  id: string | undefined
}

/**
 * Gives the builder an image that a build takes: it has no sign-ins of its own, and none of this machine's registries. What the engine
 * lacks, it brings first.
 * @throws FailureError `base-image-missing`, `registry-unreachable`, `builder-failed`, …
 */
export async function handOver(
  { docker, inner }: Engines,
  { name, id: judged }: TakenImage,
  credentials: WorkerCredentials,
  context: WorkContext,
): Promise<void> {
  if (judged === undefined && !(await findImageId(docker, name))) await bringBase(docker, name, credentials, context)
  const id = judged ?? (await findImageId(docker, name))
  if (id === undefined) return
  const base = nameBase(id)
  await context.fence()
  if (!(await findImageId(inner, base))) {
    context.log(`handing ${name} to the builder`)
    await copyAs(docker, inner, id, base, context)
  }
  // Named anew each time: the time of the last naming tells the builder which images are used.
  for (const one of [base, ...(isId(name) ? [] : [nameInBuilder(name)])])
    await callEngine(() => inner.getImage(base).tag(splitName(one)), 'builder-failed', context.signal)
}

/** What has no name but its id, which means nothing in a copy. */
function isId(name: string): boolean {
  return /^(sha256:)?[0-9a-f]{12,64}$/.test(name)
}

/** Images have one id in one engine's store and another in another's: what goes between them is told by a name. */
async function copyAs(from: Docker, to: Docker, id: string, name: string, context: WorkContext): Promise<void> {
  await callEngine(() => from.getImage(id).tag(splitName(name)), 'builder-failed', context.signal)
  try {
    await copyImage(from, to, name, context)
  } finally {
    await untag(from, name)
  }
}

/** An image that was built, on the engine, with a name that keeps it there until it has its own. */
export interface TakenOut {
  imageId: string
  release(): Promise<void>
}

/** Takes a built image out of the builder; its layers stay there for the next build. */
export async function takeOut({ docker, inner }: Engines, builtId: string, context: WorkContext): Promise<TakenOut> {
  const name = `${builtOf(context.jobId)}${randomUUID()}`
  await context.fence()
  context.log('taking the image out of the builder')
  await copyAs(inner, docker, builtId, name, context)
  const { Id: imageId } = await callEngine(() => docker.getImage(name).inspect(), 'builder-failed', context.signal)
  return { imageId, release: () => untag(docker, name) }
}

/** What is left of it has a name that nothing else has, and goes with the job's next attempt to clear up. */
async function untag(docker: Docker, name: string): Promise<void> {
  await docker
    .getImage(name)
    .remove({ noprune: true })
    .catch(ignoreStatus(404, 409))
    .catch(() => undefined)
}
