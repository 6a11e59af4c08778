import type { WorkContext } from '@stevedore/engine'
import { splitReference } from '@stevedore/source'
import type Docker from 'dockerode'
import { findImageId } from '../client/images.ts'
import { callEngine } from '../failure/translate.ts'

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
  const before = new Map<string, string | undefined>()
  for (const tag of tags) {
    await context.fence()
    try {
      context.signal.throwIfAborted()
      if (!before.has(tag)) before.set(tag, await findImageId(docker, tag))
      await callEngine(() => setTag(docker, imageId, tag))
      context.signal.throwIfAborted()
    } catch (error) {
      await restoreTags(docker, imageId, before)
      throw error
    }
  }
}

async function restoreTags(docker: Docker, imageId: string, before: ReadonlyMap<string, string | undefined>) {
  // What led here is what counts; a tag that stays is moved on by the next attempt.
  for (const [tag, meant] of [...before].reverse()) await restoreTag(docker, tag, imageId, meant).catch(() => undefined)
}

/** Someone else may have moved the tag meanwhile: then it stays. */
async function restoreTag(docker: Docker, tag: string, imageId: string, meant: string | undefined): Promise<void> {
  if ((await findImageId(docker, tag)) !== imageId) return
  if (meant === undefined) await docker.getImage(tag).remove({ noprune: true })
  else await setTag(docker, meant, tag)
}

function setTag(docker: Docker, imageId: string, reference: string): Promise<unknown> {
  const { repository, tag } = splitReference(reference)
  return docker.getImage(imageId).tag({ repo: repository, tag })
}
