import type Docker from 'dockerode'
import { ignoreStatus } from '../failure/translate.ts'

/** What the builder's images may hold before those that are not new are given up: they are handed over again when a build takes them. */
const maxBytes = 20 * 2 ** 30
/** No build is on its way for so long between being handed an image and beginning from it. */
const newMs = 24 * 3_600_000

/** Removes what killed builds have left, and bases when they are many. BuildKit clears its own cache. */
export async function tidyBuilder(inner: Docker): Promise<void> {
  const images = await inner.listImages()
  const isFull = images.reduce((sum, { Size }) => sum + Size, 0) > maxBytes
  for (const { Id, RepoTags } of images) {
    const isLeft = (RepoTags ?? []).every(
      (tag) => tag === '<none>:<none>' || tag.startsWith('stevedore.invalid/additions:'),
    )
    if ((isLeft || isFull) && !(await isNew(inner, Id)))
      await inner.getImage(Id).remove({ force: true }).catch(ignoreStatus(404, 409))
  }
}

async function isNew(inner: Docker, id: string): Promise<boolean> {
  const found = await inner.getImage(id).inspect().catch(ignoreStatus(404))
  const { LastTagTime } = (found as { Metadata?: { LastTagTime?: string } } | undefined)?.Metadata ?? {}
  const since = Math.max(Date.parse(LastTagTime ?? '') || 0, Date.parse(found?.Created ?? '') || 0)
  return Date.now() - since < newMs
}
