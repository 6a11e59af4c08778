import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { splitReference } from '../client/registry/reference.ts'
import { callEngine, statusOf } from '../failure/translate.ts'

/**
 * Gives an image all its tags, or none of them: when one cannot be set, or the work is aborted in between, those that were set
 * return to what they meant before. A lost fence undoes nothing: by then the tags are another attempt's.
 */
export async function tagImage(
  docker: Docker,
  imageId: string,
  tags: readonly string[],
  context: WorkContext,
): Promise<void> {
  const undo: (() => Promise<void>)[] = []
  for (const tag of tags) {
    await context.fence()
    try {
      context.signal.throwIfAborted()
      const before = await findImageId(docker, tag)
      undo.unshift(() => restoreTag(docker, tag, imageId, before))
      await callEngine(() => setTag(docker, imageId, tag))
      context.signal.throwIfAborted()
    } catch (error) {
      for (const step of undo) await step().catch(() => undefined)
      throw error
    }
  }
}

/** What a tag means on the engine; undefined when it has no such tag. */
export async function findImageId(docker: Docker, reference: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(reference).inspect()).Id
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    return await callEngine(() => Promise.reject(error))
  }
}

function setTag(docker: Docker, imageId: string, reference: string): Promise<unknown> {
  const { repository, tag } = splitReference(reference)
  return docker.getImage(imageId).tag({ repo: repository, tag })
}

/** Someone else may have moved the tag meanwhile: then it stays. */
async function restoreTag(docker: Docker, tag: string, imageId: string, before: string | undefined): Promise<void> {
  if ((await findImageId(docker, tag)) !== imageId) return
  if (before === undefined) await docker.getImage(tag).remove({ noprune: true })
  else await setTag(docker, before, tag)
}
