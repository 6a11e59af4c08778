import type Docker from 'dockerode'
import { ignoreStatus } from '../failure/translate.ts'

/** What the builder's images may hold before those that were not used lately are given up: they are handed over again when they are. */
const maxBytes = 50 * 2 ** 30
const lateMs = 24 * 3_600_000

/** Removes images when they are many. BuildKit clears its own cache. */
export async function tidyBuilder(inner: Docker, abortSignal: AbortSignal): Promise<void> {
  const images = await inner.listImages({ abortSignal })
  if (images.reduce((sum, { Size }) => sum + Size, 0) < maxBytes) return
  for (const { Id } of images) {
    abortSignal.throwIfAborted()
    if (Date.now() - (await readLastUse(inner, Id)) > lateMs)
      await inner.getImage(Id).remove({ force: true, abortSignal }).catch(ignoreStatus(404, 409))
  }
}

/** When it was last given a name, as it is by each build that takes it. */
async function readLastUse(inner: Docker, id: string): Promise<number> {
  const found = await inner.getImage(id).inspect().catch(ignoreStatus(404))
  const { LastTagTime } = (found as { Metadata?: { LastTagTime?: string } } | undefined)?.Metadata ?? {}
  return Math.max(Date.parse(LastTagTime ?? '') || 0, Date.parse(found?.Created ?? '') || 0)
}
